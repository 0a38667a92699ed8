// A decision as it goes over the wire, written without a message in between: the same bytes that Encode and
// SerializeToString make.
//
// A refusal is answered again and again, and its message would cost a block of memory for each part of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "engine/assess/decision.h"

namespace latchkey {

class AnswerBytes {
 public:
  // `kinds`: the challenges that the attempt's path can show.
  AnswerBytes(const Decision& decision, std::span<const ChallengeKind> kinds);
  AnswerBytes(const AnswerBytes&) = delete;
  AnswerBytes& operator=(const AnswerBytes&) = delete;

  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(unusual_ == nullptr ? usual_.data() : unusual_.get()), size_};
  }

 private:
  size_t size_ = 0;
  // In place for nearly all answers.
  std::array<uint8_t, 2048> usual_;
  std::unique_ptr<uint8_t[]> unusual_;
};

}  // namespace latchkey
