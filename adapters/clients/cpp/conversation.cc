#include "adapters/clients/cpp/conversation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/clients/cpp/item_check.h"

namespace latchkey::client {
namespace {

using Clock = std::chrono::steady_clock;
using Next = ConverseStream::Next;

// Nobody waits longer for a login.
constexpr std::chrono::milliseconds kTimeoutMax = std::chrono::hours(1);

std::string RandomPrefix() {
  std::random_device device;
  return absl::StrCat(absl::Hex(device(), absl::kZeroPad8), absl::Hex(device(), absl::kZeroPad8), "-");
}

// What says something about the call, and not about whether Latchkey can be asked.
bool IsCallersMistake(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kNotFound:
      return true;
    default:
      return false;
  }
}

absl::Status ToStatus(const v1::ConverseAnswer& answer) {
  if (!answer.has_problem() || answer.problem().code() == 0) {
    return absl::InternalError("answered with something else than was asked for");
  }
  return {static_cast<absl::StatusCode>(answer.problem().code()), answer.problem().message()};
}

}  // namespace

Conversation::Conversation(const ClientOptions& options, std::unique_ptr<Dialer> dialer)
    : options_(options),
      dialer_(std::move(dialer)),
      id_prefix_(RandomPrefix()),
      local_(options.fail_mode, options.local_allows_per_second),
      book_({options.items_per_frame_max, options.in_flight_max}),
      random_(std::random_device{}()),
      rests_(options.rest_first, options.rest_max),
      linger_until_(TimePoint::max()),
      thread_([this] { Tend(); }) {}

Conversation::~Conversation() {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    close_by_ = Clock::now() + options_.close_time_max;
    wake_.notify_one();
  }
  thread_.join();
}

void Conversation::Ask(v1::AssessRequest attempt, CallOptions options, Waiter<v1::AssessResponse>& waiter) {
  if (absl::Status mistake = CheckItem(attempt); !mistake.ok()) return waiter.Take(std::move(mistake));
  Call call;
  call.assess = &waiter;
  // Only of attempts that no other call can repeat: its answer would have the token that is given back.
  call.give_back = options_.fail_mode == FailMode::kRefuse && attempt.request_id().empty();
  if (options_.make_request_ids && attempt.request_id().empty()) {
    attempt.set_request_id(absl::StrCat(id_prefix_, ids_made_.fetch_add(1, std::memory_order_relaxed)));
  }
  call.repeatable = !attempt.request_id().empty();
  call.item = std::make_unique<v1::ConverseItem>();
  call.item->mutable_assess()->Swap(&attempt);
  Enter(std::move(call), options);
}

void Conversation::Ask(v1::ReportRequest report, CallOptions options, Waiter<v1::ReportResponse>& waiter) {
  if (report.attempt_token() == kLocalAttemptToken) return waiter.Take(v1::ReportResponse());
  if (absl::Status mistake = CheckItem(report); !mistake.ok()) return waiter.Take(std::move(mistake));
  Call call;
  call.report = &waiter;
  call.repeatable = true;
  call.item = std::make_unique<v1::ConverseItem>();
  call.item->mutable_report()->Swap(&report);
  Enter(std::move(call), options);
}

void Conversation::Enter(Call call, CallOptions options) {
  const Call waiters{.assess = call.assess, .report = call.report};
  const auto timeout = std::min(options.timeout.value_or(options_.timeout), kTimeoutMax);
  const TimePoint now = Clock::now();
  call.deadline = now + timeout;
  absl::Status refused;
  ConverseStream* write = nullptr;
  {
    const MutexLock lock(mutex_);
    if (timeout.count() <= 0) {
      refused = absl::DeadlineExceededError("the deadline had passed before the call began");
    } else if (book_.size() >= static_cast<size_t>(options_.calls_max)) {
      refused = absl::ResourceExhaustedError("too many calls wait for Latchkey (calls_max)");
    } else {
      WakeBy(call.deadline);
      book_.Add(std::move(call));
      if (FillFrame(now)) write = stream_.get();
    }
  }
  if (!refused.ok()) return AnswerLocally(waiters, refused);
  // Last: once the call is answered, its caller may delete the client. The stream lives until this is
  // written.
  if (write != nullptr) write->Write();
}

void Conversation::GiveBack(const std::string& attempt_token, TimePoint now) {
  Call call;
  call.deadline = now + options_.timeout;
  call.item = std::make_unique<v1::ConverseItem>();
  call.item->mutable_report()->set_attempt_token(attempt_token);
  call.item->mutable_report()->set_outcome(v1::OUTCOME_NOT_VERIFIED);
  call.repeatable = true;
  ++counts_.given_back;
  WakeBy(call.deadline);
  book_.Add(std::move(call));
}

bool Conversation::FillFrame(TimePoint now) {
  if (link_ != Link::kUp || writing_ || !book_.CanFill()) return false;
  if (options_.linger_max.count() > 0 && !closing_ && !book_.FullFrameWaits()) {
    if (linger_until_ == TimePoint::max()) {
      linger_until_ = now + options_.linger_max;
      WakeBy(linger_until_);
    }
    if (now < linger_until_) return false;
  }
  linger_until_ = TimePoint::max();
  if (book_.in_flight() == 0) {
    last_heard_ = now;
    WakeBy(now + options_.silence_max);
  }
  book_.Fill(stream_->frame(), now, counts_);
  writing_ = true;
  return true;
}

ConverseStream::Next Conversation::AfterWriting() {
  if (writing_) return Next::kNothing;
  if (link_ == Link::kUp) return FillFrame(Clock::now()) ? Next::kWrite : Next::kNothing;
  if (link_ != Link::kBreaking || !held_) return Next::kNothing;
  held_ = false;
  return Next::kRelease;
}

ConverseStream::Next Conversation::Written(bool ok) {
  const MutexLock lock(mutex_);
  writing_ = false;
  book_.TakeBack(stream_->frame());
  if (!ok) link_ = Link::kBreaking;
  return AfterWriting();
}

ConverseStream::Next Conversation::Broken() {
  const MutexLock lock(mutex_);
  link_ = Link::kBreaking;
  return AfterWriting();
}

void Conversation::Heard(v1::ConverseResponse& answers) {
  std::vector<std::pair<Call, v1::ConverseAnswer*>> answered;
  answered.reserve(static_cast<size_t>(answers.answers_size()));
  ConverseStream* write = nullptr;
  {
    const MutexLock lock(mutex_);
    const TimePoint now = Clock::now();
    last_heard_ = now;
    rests_.Reset();
    for (v1::ConverseAnswer& answer : *answers.mutable_answers()) {
      std::optional<Call> call = book_.Answered(answer.correlation_id());
      if (!call) {
        ++counts_.answers_unknown;
      } else if (call->awaited()) {
        ++counts_.answers;
        answered.emplace_back(*std::move(call), &answer);
      } else if (!call->owed) {
        ++counts_.answers_late;
        if (call->give_back && answer.assess().action() == v1::ACTION_ALLOW) {
          GiveBack(answer.assess().attempt_token(), now);
        }
      }
    }
    if (FillFrame(now)) write = stream_.get();
    if (closing_ && book_.owed() == 0) wake_.notify_one();
  }
  if (write != nullptr) write->Write();
  for (auto& [call, answer] : answered) Deliver(call, *answer);
}

void Conversation::Lost(const grpc::Status& status) {
  const MutexLock lock(mutex_);
  const TimePoint now = Clock::now();
  absl::Status why(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (why.ok()) why = absl::UnavailableError("the server ended the stream");
  if (cancelled_ && !closing_) why = absl::UnavailableError("the server owed answers and said nothing");
  lost_ = book_.Lose(now);
  dead_ = std::move(stream_);
  writing_ = held_ = cancelled_ = false;
  Rest(why, now);
  wake_.notify_one();
}

void Conversation::Rest(const absl::Status& why, TimePoint now) {
  link_ = Link::kResting;
  rest_until_ = now + rests_.Next(random_());
  ++counts_.streams_lost;
  counts_.last_failure = why;
}

void Conversation::WakeBy(TimePoint time) {
  if (time < sleeps_until_) wake_.notify_one();
}

absl::Status Conversation::Obstacle() const {
  const absl::Status& failure = counts_.last_failure;
  if (link_ == Link::kUp || failure.ok()) {
    return absl::DeadlineExceededError(
        absl::StrCat("latchkeyd at ", options_.server, " did not answer in time"));
  }
  return {failure.code(),
          absl::StrCat("latchkeyd at ", options_.server, " cannot be asked: ", failure.message())};
}

void Conversation::AnswerLocally(const Call& call, const absl::Status& why) {
  if (call.assess != nullptr) call.assess->Take(local_.Answer(why, Clock::now()));
  if (call.report != nullptr) call.report->Take(why);
}

void Conversation::Deliver(const Call& call, v1::ConverseAnswer& answer) {
  if (call.assess != nullptr && answer.has_assess()) {
    return call.assess->Take(std::move(*answer.mutable_assess()));
  }
  if (call.report != nullptr && answer.has_report()) {
    return call.report->Take(std::move(*answer.mutable_report()));
  }
  const absl::Status problem = ToStatus(answer);
  if (!IsCallersMistake(problem)) return AnswerLocally(call, problem);
  if (call.assess != nullptr) call.assess->Take(problem);
  if (call.report != nullptr) call.report->Take(problem);
}

void Conversation::Resume(std::coroutine_handle<> caller) {
  if (options_.resume_on == nullptr) return caller.resume();
  options_.resume_on([caller] { caller.resume(); });
}

ClientCounts Conversation::counts() const {
  const MutexLock lock(mutex_);
  ClientCounts counts = counts_;
  counts.connected = link_ == Link::kUp;
  local_.Count(counts);
  return counts;
}

}  // namespace latchkey::client
