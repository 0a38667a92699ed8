#include "adapters/grpc/converse_reactor.h"

#include "absl/strings/str_cat.h"
#include "adapters/grpc/status_mapping.h"
#include "adapters/grpc/unary.h"

namespace latchkey {

ConverseReactor* ConverseReactor::Start(const grpc::CallbackServerContext& context,
                                        const ConverseParts& parts) {
  std::shared_ptr<ConverseReactor> reactor(new ConverseReactor(context, parts));
  reactor->self_ = reactor;
  const std::weak_ptr<ConverseReactor> weak = reactor;
  reactor->drain_subscription_ = parts.drain.Follow([weak] {
    if (const auto live = weak.lock()) {
      const MutexLock lock(live->mutex_);
      live->Ending(absl::UnavailableError("the server drains; connect again"));
      live->Advance();
    }
  });
  const auto caller = parts.auth.Authorize(context, Method::kConverse);
  const MutexLock lock(reactor->mutex_);
  if (!caller.ok()) {
    reactor->Ending(caller.status());
  } else if (reactor->drain_subscription_ == nullptr) {
    reactor->Ending(absl::ResourceExhaustedError("too many streams; try again later"));
  }
  reactor->Advance();
  return reactor.get();
}

void ConverseReactor::OnReadDone(bool ok) {
  std::shared_ptr<v1::ConverseRequest> frame;
  {
    const MutexLock lock(mutex_);
    reading_ = false;
    frame = std::move(frame_);
    if (!ok) {
      Ending(absl::OkStatus());  // The caller has said all that it had to say.
      return Advance();
    }
    taking_ = true;
  }
  TakeFrame(frame);
  const MutexLock lock(mutex_);
  taking_ = false;
  Advance();
}

void ConverseReactor::OnWriteDone(bool ok) {
  const MutexLock lock(mutex_);
  writing_ = false;
  if (!ok) Ending(absl::CancelledError("the caller is gone"));
  Advance();
}

void ConverseReactor::OnCancel() {
  const MutexLock lock(mutex_);
  Ending(absl::CancelledError("the caller is gone"));
  Advance();
}

void ConverseReactor::OnDone() {
  // The last one out: an answer that the engine still owes holds the reactor too.
  const std::shared_ptr<ConverseReactor> self = std::move(self_);
}

void ConverseReactor::TakeFrame(const std::shared_ptr<v1::ConverseRequest>& frame) {
  // Each frame anew: a caller whose key was taken away does not go on.
  const auto caller = parts_.auth.Authorize(context_, Method::kConverse);
  const Duration left = TimeLeft(context_, kCallTimeMax);
  absl::Status refused = caller.status();
  if (refused.ok() && left <= Duration::zero()) {
    refused = absl::DeadlineExceededError("the deadline of the stream has passed");
  }
  if (refused.ok() && frame->items_size() > kItemsPerFrameMax) {
    refused = absl::InvalidArgumentError(absl::StrCat("items: more than ", kItemsPerFrameMax, " in a frame"));
  }
  if (!refused.ok()) {
    const MutexLock lock(mutex_);
    return Ending(refused);
  }
  {
    const MutexLock lock(mutex_);
    waiting_ += frame->items_size();
  }
  for (const v1::ConverseItem& item : frame->items()) TakeItem(item, *caller, left, frame);
}

void ConverseReactor::TakeItem(const v1::ConverseItem& item, const std::shared_ptr<const Caller>& caller,
                               Duration left, const std::shared_ptr<v1::ConverseRequest>& frame) {
  const auto self = self_;
  const uint64_t id = item.correlation_id();
  switch (item.item_case()) {
    case v1::ConverseItem::kAssess: {
      absl::StatusOr<Attempt> attempt =
          Decode(item.assess(), caller->name, parts_.tenants, parts_.clock.Now(), caller);
      if (!attempt.ok()) return AnswerProblem(id, attempt.status());
      return parts_.assessor.Assess(
          *std::move(attempt), left, [self, id, frame, &item](absl::StatusOr<Decision> decision) {
            if (!decision.ok()) return self->AnswerProblem(id, decision.status());
            self->Answer(id, [&](v1::ConverseAnswer* answer) {
              Encode(*decision, item.assess().challenge_kinds(), answer->mutable_assess());
            });
          });
    }
    case v1::ConverseItem::kReport: {
      const absl::StatusOr<Report> report = Decode(item.report());
      if (!report.ok()) return AnswerProblem(id, report.status());
      return parts_.reporter.Take(*report, left, [self, id](absl::StatusOr<ReportResult> result) {
        if (!result.ok()) return self->AnswerProblem(id, result.status());
        self->Answer(id, [&](v1::ConverseAnswer* answer) { Encode(*result, answer->mutable_report()); });
      });
    }
    default:
      return AnswerProblem(id, absl::InvalidArgumentError("item: neither an assess nor a report"));
  }
}

template <typename Fill>
void ConverseReactor::Answer(uint64_t correlation_id, Fill fill) {
  const MutexLock lock(mutex_);
  --waiting_;
  v1::ConverseAnswer* answer = ready_.add_answers();
  answer->set_correlation_id(correlation_id);
  fill(answer);
  if (!taking_) Advance();
}

void ConverseReactor::AnswerProblem(uint64_t correlation_id, const absl::Status& status) {
  const grpc::Status mapped = ToGrpc(status);
  Answer(correlation_id, [&](v1::ConverseAnswer* answer) {
    v1::Problem* problem = answer->mutable_problem();
    problem->set_code(static_cast<int>(mapped.error_code()));
    problem->set_message(mapped.error_message());
    if (status.code() == absl::StatusCode::kInvalidArgument) {
      problem->set_field(std::string(FieldOf(mapped.error_message())));
    }
  });
}

void ConverseReactor::Advance() {
  if (finished_) return;
  const bool cancelled = end_.code() == absl::StatusCode::kCancelled;
  if (!cancelled && !writing_ && !taking_ && ready_.answers_size() > 0) {
    sending_.Swap(&ready_);
    ready_.Clear();
    writing_ = true;
    StartWrite(&sending_);
  }
  if (!ending_ && !reading_ && !taking_ && waiting_ < kWaitingMax) {
    reading_ = true;
    frame_ = frames_->Take();
    StartRead(frame_.get());
  }
  const bool all_said = waiting_ == 0 && ready_.answers_size() == 0 && !writing_ && !taking_;
  if (ending_ && (all_said || cancelled)) {
    finished_ = true;
    Finish(ToGrpc(end_));
  }
}

void ConverseReactor::Ending(const absl::Status& status) {
  if (ending_ && status.code() != absl::StatusCode::kCancelled) return;
  ending_ = true;
  end_ = status;
}

}  // namespace latchkey
