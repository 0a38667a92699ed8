#include "adapters/grpc/record_reactor.h"

#include "absl/strings/str_cat.h"
#include "adapters/grpc/status_mapping.h"
#include "adapters/grpc/unary.h"
#include "adapters/grpc/wire_values.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr Duration kOldest = std::chrono::hours(24 * 400);
constexpr Duration kAheadMax = std::chrono::minutes(5);

absl::StatusOr<TimePoint> OccurTime(const v1::LoginEvent& event, TimePoint now) {
  if (!event.has_occur_time()) return now;
  LATCHKEY_ASSIGN_OR_RETURN(const TimePoint at, DecodeTime("occur_time", event.occur_time()));
  if (at < now - kOldest) return WrongField("occur_time", "is more than 400 days ago");
  if (at > now + kAheadMax) return WrongField("occur_time", "is in the future");
  return at;
}

absl::StatusOr<Attempt> DecodeEvent(const v1::LoginEvent& event, const ServedTenants& tenants) {
  LATCHKEY_ASSIGN_OR_RETURN(const AccountName name, DecodeAccount(event.tenant(), event.account(), tenants));
  LATCHKEY_ASSIGN_OR_RETURN(const Factor factor, DecodeFactor(event.factor()));
  if (factor == Factor::kOneTimeCode) {
    return WrongField("factor",
                      "a one-time code is not recorded: only who passed the first factor spends it");
  }
  AttemptFields fields;
  fields.tenant = name.tenant;
  fields.account = name.account;
  fields.source = event.source();
  if (!event.path().empty()) fields.path = event.path();
  fields.factor = factor;
  return Attempt::Create(std::move(fields));
}

AccountName AccountOf(const Attempt& attempt) {
  return {std::string(attempt.fields().tenant), std::string(attempt.fields().account)};
}

bool IsFailure(Outcome outcome) {
  return outcome == Outcome::kWrong || outcome == Outcome::kUnknownAccount ||
         outcome == Outcome::kWrongSecondFactor;
}

}  // namespace

RecordReactor* RecordReactor::Start(const grpc::CallbackServerContext& context,
                                    v1::RecordEventsResponse* response, const RecordParts& parts) {
  std::shared_ptr<RecordReactor> reactor(new RecordReactor(context, response, parts));
  reactor->self_ = reactor;
  if (const auto caller = parts.auth.Authorize(context, Method::kRecordEvents); !caller.ok()) {
    reactor->LeaveAndEnd(caller.status());
    return reactor.get();
  }
  const std::weak_ptr<RecordReactor> weak = reactor;
  reactor->drain_subscription_ = parts.drain.Follow([weak] {
    if (const auto live = weak.lock())
      live->End(absl::UnavailableError("the server drains; what was recorded so far is counted"));
  });
  if (reactor->drain_subscription_ == nullptr)
    reactor->End(absl::ResourceExhaustedError("too many streams; try again later"));
  reactor->ReadOn();
  return reactor.get();
}

void RecordReactor::OnReadDone(bool ok) {
  {
    const MutexLock lock(mutex_);
    if (finished_) return;
    at_work_ = true;
  }
  if (!ok) {
    summary_.WriteTo(response_);
    return LeaveAndEnd(absl::OkStatus());
  }
  if (const absl::Status refused = Refusal(); !refused.ok()) return LeaveAndEnd(refused);
  next_ = 0;
  Run();
}

absl::Status RecordReactor::Refusal() {
  // Each frame anew: a caller whose key was taken away does not go on.
  LATCHKEY_ASSIGN_OR_RETURN(const std::shared_ptr<const Caller> caller,
                            parts_.auth.Authorize(context_, Method::kRecordEvents));
  if (frame_.events_size() > kEventsPerFrameMax)
    return absl::InvalidArgumentError(absl::StrCat("events: more than ", kEventsPerFrameMax, " in a frame"));
  if (frame_.import_logins() && !caller->roles.Intersects({Role::kOperator, Role::kAdmin}))
    return absl::PermissionDeniedError("only operators import logins");
  return absl::OkStatus();
}

void RecordReactor::OnDone() { const std::shared_ptr<RecordReactor> self = std::move(self_); }

void RecordReactor::Run() {
  while (next_ < frame_.events_size() && !ending()) {
    turn_ = Turn::kStarted;
    TakeEvent(frame_.events(next_++));
    Turn expected = Turn::kStarted;
    if (turn_.compare_exchange_strong(expected, Turn::kLeft)) return;  // EventDone will go on.
  }
  ReadOn();
}

void RecordReactor::EventDone() {
  Turn expected = Turn::kStarted;
  if (turn_.compare_exchange_strong(expected, Turn::kDone)) return;  // Run is still there, and goes on.
  Run();
}

void RecordReactor::TakeEvent(const v1::LoginEvent& event) {
  const absl::StatusOr<TimePoint> at = OccurTime(event, parts_.clock.Now());
  if (!at.ok()) return RefuseEvent(at.status());
  const absl::StatusOr<Outcome> outcome = DecodeOutcome(event.outcome());
  if (!outcome.ok()) return RefuseEvent(outcome.status());
  const absl::StatusOr<Attempt> attempt = DecodeEvent(event, parts_.tenants);
  if (!attempt.ok()) return RefuseEvent(attempt.status());
  if (!frame_.import_logins()) return Record(event, *attempt, *outcome, *at);
  if (*outcome == Outcome::kLoginComplete) return Import(event, *attempt, *at);
  summary_.Accept(event, *at, nullptr);
  EventDone();
}

void RecordReactor::Import(const v1::LoginEvent& event, const Attempt& attempt, TimePoint at) {
  parts_.owners.Import(AccountOf(attempt), attempt.source(), at, kCallTimeMax,
                       [self = shared(), &event, at](const absl::Status& status) {
                         if (!status.ok()) return self->RefuseEvent(status);
                         self->summary_.Accept(event, at, nullptr);
                         self->summary_.Remember();
                         self->EventDone();
                       });
}

void RecordReactor::Record(const v1::LoginEvent& event, const Attempt& attempt, Outcome outcome,
                           TimePoint at) {
  const bool failed = IsFailure(outcome);
  parts_.assessor.Record(
      attempt, at, failed ? Assessor::Happened::kFailure : Assessor::Happened::kNoFailure, kCallTimeMax,
      [self = shared(), &event, attempt, outcome, failed, at](const absl::StatusOr<Decision>& decision) {
        if (!decision.ok()) return self->RefuseEvent(decision.status());
        const auto accept = [self, &event, at, decision = *decision] {
          self->summary_.Accept(event, at, &decision);
          self->EventDone();
        };
        if (failed) {
          // The charge stands; the report tells those who count failures.
          return self->parts_.reporter.Take({decision->attempt_token, outcome, ""}, kCallTimeMax,
                                            [accept](const absl::StatusOr<ReportResult>&) { accept(); });
        }
        if (outcome != Outcome::kLoginComplete) return accept();
        self->parts_.owners.Import(AccountOf(attempt), attempt.source(), at, kCallTimeMax,
                                   [self, accept](const absl::Status& status) {
                                     if (status.ok()) self->summary_.Remember();
                                     accept();
                                   });
      });
}

void RecordReactor::RefuseEvent(const absl::Status& status) {
  summary_.Refuse(status);
  EventDone();
}

void RecordReactor::ReadOn() {
  const MutexLock lock(mutex_);
  at_work_ = false;
  if (end_) return FinishLocked();
  StartRead(&frame_);
}

void RecordReactor::End(const absl::Status& status) {
  const MutexLock lock(mutex_);
  if (!end_) end_ = status;
  if (!at_work_) FinishLocked();
}

void RecordReactor::LeaveAndEnd(const absl::Status& status) {
  const MutexLock lock(mutex_);
  at_work_ = false;
  if (!end_) end_ = status;
  FinishLocked();
}

void RecordReactor::FinishLocked() {
  if (!finished_) Finish(ToGrpc(*end_));
  finished_ = true;
}

}  // namespace latchkey
