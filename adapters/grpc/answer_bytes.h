// Answers as they go over the wire, written without a message in between: the same bytes that Encode and
// SerializeToString make.
//
// A refusal is answered again and again, and its message would cost a block of memory for each part of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "adapters/grpc/field_writer.h"
#include "engine/assess/decision.h"
#include "engine/assess/reporter.h"

namespace latchkey {

// The fields of an AssessResponse, in no more bytes than its AnswerSizeMax. `kinds`: the challenges that the
// attempt's path can show.
void WriteAnswer(const Decision& decision, std::span<const ChallengeKind> kinds, FieldWriter& out);
[[nodiscard]] size_t AnswerSizeMax(const Decision& decision, std::span<const ChallengeKind> kinds);

// Those of a ReportResponse.
void WriteAnswer(const ReportResult& result, FieldWriter& out);
[[nodiscard]] size_t AnswerSizeMax(const ReportResult& result);

// One answer by itself.
class AnswerBytes {
 public:
  AnswerBytes(const Decision& decision, std::span<const ChallengeKind> kinds);
  explicit AnswerBytes(const ReportResult& result);
  AnswerBytes(const AnswerBytes&) = delete;
  AnswerBytes& operator=(const AnswerBytes&) = delete;

  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(unusual_ == nullptr ? usual_.data() : unusual_.get()), size_};
  }

 private:
  template <typename WriteInto>
  void Write(size_t room, WriteInto write_into);

  size_t size_ = 0;
  // In place for nearly all answers.
  std::array<uint8_t, 2048> usual_;
  std::unique_ptr<uint8_t[]> unusual_;
};

}  // namespace latchkey
