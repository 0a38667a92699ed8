#include "adapters/clients/cpp/local_answers.h"

#include <algorithm>

namespace latchkey::client {

absl::StatusOr<v1::AssessResponse> LocalAnswers::Answer(const absl::Status& why, TimePoint now) {
  const MutexLock lock(mutex_);
  if (mode_ == FailMode::kFail) {
    ++failures_;
    return why;
  }
  v1::AssessResponse answer;
  answer.set_degraded(true);
  if (mode_ == FailMode::kAllow && TakeRoom(now)) {
    ++allows_;
    answer.set_action(v1::ACTION_ALLOW);
    answer.set_attempt_token(kLocalAttemptToken);
    return answer;
  }
  ++refusals_;
  answer.set_action(v1::ACTION_THROTTLE);
  answer.mutable_retry_after()->set_seconds(1);
  return answer;
}

bool LocalAnswers::TakeRoom(TimePoint now) {
  if (now > refilled_) {
    const std::chrono::duration<double> passed = now - refilled_;
    room_ = std::min(per_second_, room_ + passed.count() * per_second_);
    refilled_ = now;
  }
  if (room_ < 1) return false;
  room_ -= 1;
  return true;
}

void LocalAnswers::Count(ClientCounts& counts) const {
  const MutexLock lock(mutex_);
  counts.local_allows = allows_;
  counts.local_refusals = refusals_;
  counts.local_failures = failures_;
}

}  // namespace latchkey::client
