#include "adapters/grpc/answer_frame.h"

#include <grpcpp/support/slice.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "adapters/grpc/answer_bytes.h"
#include "adapters/grpc/status_mapping.h"
#include "engine/base/check.h"
#include "engine/base/held_alone.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey {

using A = v1::ConverseAnswer;

void AnswerFrame::Add(uint64_t correlation_id, const Decision& decision,
                      std::span<const ChallengeKind> kinds) {
  AddAnswer(correlation_id, A::kAssessFieldNumber, AnswerSizeMax(decision, kinds),
            [&](FieldWriter& out) { WriteAnswer(decision, kinds, out); });
}

void AnswerFrame::Add(uint64_t correlation_id, const ReportResult& result) {
  AddAnswer(correlation_id, A::kReportFieldNumber, AnswerSizeMax(result),
            [&](FieldWriter& out) { WriteAnswer(result, out); });
}

void AnswerFrame::Add(uint64_t correlation_id, const absl::Status& status) {
  const grpc::Status mapped = ToGrpc(status);
  const std::string message = mapped.error_message();
  const std::string_view field =
      status.code() == absl::StatusCode::kInvalidArgument ? FieldOf(message) : std::string_view();
  constexpr size_t kFixed = 32;
  AddAnswer(correlation_id, A::kProblemFieldNumber, kFixed + message.size() + field.size(),
            [&](FieldWriter& out) {
              out.Number(v1::Problem::kCodeFieldNumber, mapped.error_code());
              out.Text(v1::Problem::kMessageFieldNumber, message);
              out.Text(v1::Problem::kFieldFieldNumber, field);
            });
}

template <typename Write>
void AnswerFrame::AddAnswer(uint64_t correlation_id, int field, size_t most, Write write) {
  // Tags and sizes, and the id.
  constexpr size_t kAroundMax = 32;
  FieldWriter out(Room(kAroundMax + most));
  out.Message(v1::ConverseResponse::kAnswersFieldNumber, most, [&] {
    out.Number(A::kCorrelationIdFieldNumber, static_cast<int64_t>(correlation_id));
    out.Message(field, most, [&] { write(out); });
  });
  size_ = static_cast<size_t>(out.at() - block_->at.get());
  LATCHKEY_CHECK(size_ <= block_->size);
}

uint8_t* AnswerFrame::Room(size_t bytes) {
  if (block_ == nullptr) {
    const auto back =
        std::find_if(lent_.begin(), lent_.end(), [](const auto& lent) { return HeldAlone(lent); });
    if (back != lent_.end()) {
      block_ = std::move(*back);
      lent_.erase(back);
    }
  }
  if (block_ == nullptr || block_->size < size_ + bytes) {
    auto larger = std::make_shared<Block>(std::max(std::bit_ceil(size_ + bytes), kBlockMin));
    if (size_ > 0) std::memcpy(larger->at.get(), block_->at.get(), size_);
    block_ = std::move(larger);
  }
  return block_->at.get() + size_;
}

grpc::ByteBuffer AnswerFrame::Take() {
  if (block_ == nullptr) return {};
  const grpc::Slice slice(
      block_->at.get(), size_, [](void* held) { delete static_cast<std::shared_ptr<Block>*>(held); },
      new std::shared_ptr<Block>(block_));
  size_ = 0;
  if (lent_.size() >= kBlocksKept) lent_.erase(lent_.begin());
  if (block_->size <= kBlockKeptMax) lent_.push_back(block_);
  block_.reset();
  return {&slice, 1};
}

}  // namespace latchkey
