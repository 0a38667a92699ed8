#include "adapters/grpc/converse_reactor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/status_mapping.h"
#include "adapters/grpc/unary.h"
#include "engine/base/turn.h"

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
  std::unique_ptr<Frame> frame;
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
  TakeFrame(std::move(frame));
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

void ConverseReactor::TakeFrame(std::unique_ptr<Frame> frame) {
  // Each frame anew: a caller whose key was taken away does not go on.
  const auto caller = parts_.auth.Authorize(context_, Method::kConverse);
  const int count = frame->request.message().items_size();
  frame->left = TimeLeft(context_, kCallTimeMax);
  absl::Status refused = caller.status();
  if (refused.ok() && frame->left <= Duration::zero()) {
    refused = absl::DeadlineExceededError("the deadline of the stream has passed");
  }
  if (refused.ok() && count > kItemsPerFrameMax) {
    refused = absl::InvalidArgumentError(absl::StrCat("items: more than ", kItemsPerFrameMax, " in a frame"));
  }
  if (!refused.ok()) {
    const MutexLock lock(mutex_);
    return Ending(refused);
  }
  // From here on it belongs to those who look at it: its items, and this function.
  Frame& taken = *frame.release();
  taken.caller = *caller;
  taken.reactor = self_;
  taken.timer = CallTimer(parts_.latency);
  {
    const MutexLock lock(mutex_);
    waiting_ += count;
    taken.waiting = count + 1;
  }
  for (const v1::ConverseItem& item : taken.request.message().items()) TakeItem(taken, item);
  std::shared_ptr<ConverseReactor> held;
  const MutexLock lock(mutex_);
  held = LetGo(taken);
}

void ConverseReactor::TakeItem(Frame& frame, const v1::ConverseItem& item) {
  switch (item.item_case()) {
    case v1::ConverseItem::kAssess: {
      const absl::StatusOr<Attempt> attempt =
          Decode(item.assess(), frame.caller->name, parts_.tenants, parts_.clock);
      if (!attempt.ok()) return AnswerProblem(frame, item, attempt.status());
      return parts_.assessor.Assess(
          *attempt, frame.left, [of = &frame, asked = &item](absl::StatusOr<Decision>&& decision) {
            of->timer.Decided();
            if (!decision.ok()) return of->reactor->AnswerProblem(*of, *asked, decision.status());
            of->reactor->Answer(*of, *asked, [&](v1::ConverseAnswer* answer) {
              Encode(*std::move(decision), asked->assess().challenge_kinds(), answer->mutable_assess());
            });
          });
    }
    case v1::ConverseItem::kReport: {
      const absl::StatusOr<Report> report = Decode(item.report());
      if (!report.ok()) return AnswerProblem(frame, item, report.status());
      return parts_.reporter.Take(
          *report, frame.left, [of = &frame, asked = &item](const absl::StatusOr<ReportResult>& result) {
            if (!result.ok()) return of->reactor->AnswerProblem(*of, *asked, result.status());
            of->reactor->Answer(
                *of, *asked, [&](v1::ConverseAnswer* answer) { Encode(*result, answer->mutable_report()); });
          });
    }
    default:
      return AnswerProblem(frame, item, absl::InvalidArgumentError("item: neither an assess nor a report"));
  }
}

template <typename Fill>
void ConverseReactor::Answer(Frame& frame, const v1::ConverseItem& item, Fill fill) {
  std::shared_ptr<ConverseReactor> held;  // until the lock is not
  std::shared_ptr<ConverseReactor> advancing;
  {
    const MutexLock lock(mutex_);
    --waiting_;
    v1::ConverseAnswer* answer = ready_->message().add_answers();
    answer->set_correlation_id(item.correlation_id());
    fill(answer);
    if (!taking_ && !std::exchange(advance_waits_, true)) advancing = frame.reactor;
    held = LetGo(frame);
  }
  if (advancing == nullptr) return;
  Turn::AtEnd([reactor = std::move(advancing)] {
    const MutexLock lock(reactor->mutex_);
    reactor->advance_waits_ = false;
    reactor->Advance();
  });
}

void ConverseReactor::AnswerProblem(Frame& frame, const v1::ConverseItem& item, const absl::Status& status) {
  const grpc::Status mapped = ToGrpc(status);
  Answer(frame, item, [&](v1::ConverseAnswer* answer) {
    v1::Problem* problem = answer->mutable_problem();
    problem->set_code(static_cast<int>(mapped.error_code()));
    problem->set_message(mapped.error_message());
    if (status.code() == absl::StatusCode::kInvalidArgument) {
      problem->set_field(std::string(FieldOf(mapped.error_message())));
    }
  });
}

std::shared_ptr<ConverseReactor> ConverseReactor::LetGo(Frame& frame) {
  if (--frame.waiting > 0) return nullptr;
  std::unique_ptr<Frame> last(&frame);
  std::shared_ptr<ConverseReactor> held = std::move(last->reactor);
  if (free_.size() < kFramesKept) {
    last->caller.reset();
    last->request.Clear();
    free_.push_back(std::move(last));
  }
  return held;
}

void ConverseReactor::Advance() {
  if (finished_) return;
  const bool cancelled = end_.code() == absl::StatusCode::kCancelled;
  if (!cancelled && !writing_ && !taking_ && ready_->message().answers_size() > 0) {
    sending_.swap(ready_);
    ready_->Clear();
    writing_ = true;
    StartWrite(&sending_->message());
  }
  if (!ending_ && !reading_ && !taking_ && waiting_ < kWaitingMax) {
    reading_ = true;
    if (free_.empty()) free_.push_back(std::make_unique<Frame>());
    frame_ = std::move(free_.back());
    free_.pop_back();
    StartRead(&frame_->request.message());
  }
  const bool all_said = waiting_ == 0 && ready_->message().answers_size() == 0 && !writing_ && !taking_;
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
