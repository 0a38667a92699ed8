#include "adapters/grpc/converse_reactor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/grpc/status_mapping.h"
#include "adapters/grpc/unary.h"
#include "engine/base/status_macros.h"
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
  sending_.Clear();
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

absl::Status ConverseReactor::Refusal(Frame& frame) const {
  if (frame.left <= Duration::zero())
    return absl::DeadlineExceededError("the deadline of the stream has passed");
  LATCHKEY_RETURN_IF_ERROR(frame.request.Read(kItemsPerFrameMax));
  if (frame.request.items().size() > kItemsPerFrameMax)
    return absl::InvalidArgumentError(absl::StrCat("items: more than ", kItemsPerFrameMax, " in a frame"));
  return absl::OkStatus();
}

void ConverseReactor::TakeFrame(std::unique_ptr<Frame> frame) {
  // Each frame anew: a caller whose key was taken away does not go on.
  const auto caller = parts_.auth.Authorize(context_, Method::kConverse);
  frame->left = TimeLeft(context_, kCallTimeMax);
  const absl::Status refused = caller.ok() ? Refusal(*frame) : caller.status();
  if (!refused.ok()) {
    const MutexLock lock(mutex_);
    return Ending(refused);
  }
  // From here on it belongs to those who look at it: its items, and this function.
  Frame& taken = *frame.release();
  taken.caller = *caller;
  taken.reactor = self_;
  taken.timer = CallTimer(parts_.latency);
  const auto items = taken.request.items();
  {
    const MutexLock lock(mutex_);
    waiting_ += static_cast<int>(items.size());
    taken.waiting = static_cast<int>(items.size()) + 1;
  }
  for (Item& item : items) TakeItem(taken, item);
  std::shared_ptr<ConverseReactor> held;
  const MutexLock lock(mutex_);
  held = LetGo(taken);
}

void ConverseReactor::TakeItem(Frame& frame, Item& item) {
  switch (item.asks) {
    case FrameItem::Asks::kAssess:
      return TakeAssess(frame, item);
    case FrameItem::Asks::kReport:
      return TakeReport(frame, item);
    case FrameItem::Asks::kNothing:
      break;
  }
  AnswerProblem(frame, item, absl::InvalidArgumentError("item: neither an assess nor a report"));
}

void ConverseReactor::TakeAssess(Frame& frame, Item& item) {
  absl::StatusOr<Attempt> attempt =
      AttemptIn(item.bytes, item.message, frame.caller->name, parts_.tenants, parts_.clock);
  if (!attempt.ok()) return AnswerProblem(frame, item, attempt.status());
  item.kinds = attempt->fields().challenge_kinds;
  parts_.assessor.Assess(
      *std::move(attempt), frame.left, [of = &frame, asked = &item](absl::StatusOr<Decision>&& decision) {
        of->timer.Decided();
        if (!decision.ok()) return of->reactor->AnswerProblem(*of, *asked, decision.status());
        of->reactor->Answer(
            *of, [&](AnswerFrame& out) { out.Add(asked->correlation_id, *decision, asked->kinds); });
      });
}

void ConverseReactor::TakeReport(Frame& frame, Item& item) {
  const absl::StatusOr<Report> report = ReportIn(item.bytes, item.message);
  if (!report.ok()) return AnswerProblem(frame, item, report.status());
  parts_.reporter.Take(
      *report, frame.left, [of = &frame, asked = &item](const absl::StatusOr<ReportResult>& result) {
        if (!result.ok()) return of->reactor->AnswerProblem(*of, *asked, result.status());
        of->reactor->Answer(*of, [&](AnswerFrame& out) { out.Add(asked->correlation_id, *result); });
      });
}

template <typename Add>
void ConverseReactor::Answer(Frame& frame, Add add) {
  std::shared_ptr<ConverseReactor> held;  // until the lock is not
  std::shared_ptr<ConverseReactor> advancing;
  {
    const MutexLock lock(mutex_);
    --waiting_;
    add(ready_);
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

void ConverseReactor::AnswerProblem(Frame& frame, const Item& item, const absl::Status& status) {
  Answer(frame, [&](AnswerFrame& out) { out.Add(item.correlation_id, status); });
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
  if (!cancelled && !writing_ && !taking_ && !ready_.empty()) {
    grpc::ByteBuffer frame = ready_.Take();
    sending_.Swap(&frame);
    writing_ = true;
    StartWrite(&sending_);
  }
  if (!ending_ && !reading_ && !taking_ && waiting_ < kWaitingMax && ready_.size() < kUnreadMax) {
    reading_ = true;
    if (free_.empty()) free_.push_back(std::make_unique<Frame>());
    frame_ = std::move(free_.back());
    free_.pop_back();
    StartRead(&frame_->request.received());
  }
  // Nothing is owed by the engine when the server has ended: whoever waits for that may end the engine too.
  const bool all_heard = waiting_ == 0 && !taking_;
  const bool all_said = ready_.empty() && !writing_;
  if (ending_ && all_heard && (all_said || cancelled)) {
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
