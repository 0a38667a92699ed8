#include "adapters/redis/connection.h"

#include <sys/epoll.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kReadChunk = 64 * 1024;
constexpr size_t kBufferKept = 1024 * 1024;  // A larger one, left by a burst, is given back.

SteadyTime Now() { return std::chrono::steady_clock::now(); }

absl::Status With(const absl::Status& why, std::string_view what) {
  return absl::UnavailableError(absl::StrCat(ToAbsl(what), ": ", why.message()));
}

}  // namespace

Connection::Connection(EventLoop& loop, RedisUrl url, ConnectionOptions options,
                       std::shared_ptr<const TlsContext> tls, OnState on_state)
    : loop_(loop),
      url_(std::move(url)),
      options_(std::move(options)),
      tls_(std::move(tls)),
      on_state_(std::move(on_state)),
      backoff_(options_.rest_first, options_.rest_max),
      jitter_(std::random_device{}()),
      breaker_(options_.breaker) {
  const auto begin = [this] {
    dialer_ = std::make_unique<Dialer>(loop_, url_, tls_);
    Dial();
  };
  // Whoever makes it on the loop's thread may destroy it before anything posted runs.
  loop_.InLoopThread() ? begin() : static_cast<void>(loop_.Post(begin));
}

Connection::~Connection() {
  loop_.RunAndWait([this] { Close(); });
}

void Connection::Send(CommandText command, Duration timeout, Done done) {
  Submit({.wire = std::move(command), .deadline = {}, .done = std::move(done)}, timeout);
}

void Connection::SendAsking(const CommandText& command, Duration timeout, Done done) {
  Submit({.wire = CommandText::Both({"ASKING"}, command),
          .deadline = {},
          .done = std::move(done),
          .prefaces = 1},
         timeout);
}

void Connection::Submit(Command command, Duration timeout) {
  const SteadyTime now = Now();
  command.deadline = now + timeout;
  if (!breaker_.Admits(now)) {
    loop_.Post([done = std::move(command.done)]() mutable {
      done(absl::UnavailableError("not sent: Redis has lately not answered in time"));
    });
    return;
  }
  if (!queue_.Admit(options_.open_max)) {
    loop_.Post([done = std::move(command.done)]() mutable {
      done(absl::ResourceExhaustedError("not sent: too many commands are waiting for Redis"));
    });
    return;
  }
  switch (PutInInbox(command)) {
    case Inbox::kWasEmpty:
      loop_.Post([this] { TakeInbox(); });
      return;
    case Inbox::kIsTaken:
      return;
    case Inbox::kIsClosed:
      loop_.Post([done = std::move(command.done)]() mutable {
        done(absl::CancelledError("not sent: the connection was closed"));
      });
  }
}

Connection::Inbox Connection::PutInInbox(Command& command) {
  const MutexLock lock(mutex_);
  if (closed_) return Inbox::kIsClosed;
  const bool empty = inbox_.empty();
  inbox_.push_back(std::move(command));
  return empty ? Inbox::kWasEmpty : Inbox::kIsTaken;
}

Connection::Counts Connection::counts() const {
  return Counts{commands_.load(), writes_.load(), connects_.load(), timeouts_.load()};
}

Connection::Counts& Connection::Counts::operator+=(const Counts& other) {
  commands += other.commands;
  writes += other.writes;
  connects += other.connects;
  timeouts += other.timeouts;
  return *this;
}

void Connection::TakeInbox() {
  {
    MutexLock lock(mutex_);
    taken_.swap(inbox_);
  }
  for (Command& command : taken_) queue_.Add(std::move(command));
  taken_.clear();
  if (phase_ == Phase::kResting) {
    const absl::Status why = With(announced_->why, "not sent");
    return queue_.FailAll(why, why);
  }
  ArmDeadline();
  if (phase_ == Phase::kUp) FlushOrLose();
}

void Connection::Dial() {
  phase_ = Phase::kDialing;
  const SteadyTime give_up = Now() + options_.connect_timeout;
  dialer_->Dial(options_.connect_timeout,
                [this, give_up](absl::StatusOr<std::unique_ptr<Transport>> transport) {
                  if (!transport.ok()) return Lose(transport.status());
                  Greet(*std::move(transport), give_up);
                });
}

void Connection::Greet(std::unique_ptr<Transport> transport, SteadyTime give_up) {
  absl::Status watching = loop_.Watch(transport->fd(), EPOLLIN, [this](uint32_t) { OnReady(); });
  if (!watching.ok()) return Lose(watching);
  phase_ = Phase::kGreeting;
  transport_ = std::move(transport);
  reader_ = std::make_unique<ReplyReader>();
  greeting_ = loop_.StartTimer(give_up, [this] {
    Lose(absl::DeadlineExceededError(
        absl::StrCat("Redis did not greet within ", options_.connect_timeout.count(), " ms")));
  });
  const auto must = [this](const absl::StatusOr<Reply>& reply) {
    if (reply.ok() && reply->IsError()) refused_.Update(ErrorReplyStatus(*reply));
  };
  if (!url_.user.empty()) {
    Ask({"AUTH", url_.user, url_.password}, must);
  } else if (!url_.password.empty()) {
    Ask({"AUTH", url_.password}, must);
  }
  if (url_.database != 0) Ask({"SELECT", absl::StrCat(url_.database)}, must);
  // A name is a help to operators, not a need: an ACL may forbid it.
  if (!options_.client_name.empty()) Ask({"CLIENT", "SETNAME", options_.client_name}, [](const auto&) {});
  Ask({"PING"}, [this, must](const absl::StatusOr<Reply>& reply) {
    must(reply);
    if (reply.ok() && refused_.ok()) Welcome();
  });
  FlushOrLose();
}

// A command of our own; it leaves with the next flush. No deadline: greeting_ and Listen see to that.
void Connection::Ask(CommandText command, Done done) {
  const SteadyTime far = Now() + std::chrono::hours(1);
  queue_.AddWritten({.wire = std::move(command), .deadline = far, .done = std::move(done)}, out_);
}

void Connection::Welcome() {
  phase_ = Phase::kUp;
  up_since_ = Now();
  loop_.CancelTimer(greeting_);
  heard_ = true;
  asked_ = false;
  listening_ = loop_.StartTimer(Now() + options_.silence_max, [this] { Listen(); });
  connects_.fetch_add(1, std::memory_order_relaxed);
  Announce(true, absl::OkStatus());
}

void Connection::OnReady() {
  if (absl::Status read = ReadReplies(); !read.ok()) return Lose(read);
  FlushOrLose();
}

absl::Status Connection::ReadReplies() {
  std::array<char, kReadChunk> chunk;
  for (;;) {
    LATCHKEY_ASSIGN_OR_RETURN(const Progress progress, transport_->Read(chunk));
    if (progress.wait != SocketWait::kNothing) return absl::OkStatus();
    heard_ = true;
    reader_->Feed({chunk.data(), progress.bytes});
    for (;;) {
      LATCHKEY_ASSIGN_OR_RETURN(std::optional<Reply> reply, reader_->Next());
      if (!reply) break;
      const size_t late = queue_.late();
      if (!queue_.Answer(*std::move(reply))) return absl::InternalError("Redis answered what nobody asked");
      if (queue_.late() == late) SetAnswered();
      if (!refused_.ok()) return refused_;
    }
  }
}

absl::Status Connection::Flush() {
  if (phase_ == Phase::kUp) commands_.fetch_add(queue_.TakeWaiting(out_), std::memory_order_relaxed);
  bool blocked = false;
  while (written_ < out_.size()) {
    LATCHKEY_ASSIGN_OR_RETURN(const Progress progress,
                              transport_->Write(std::string_view(out_).substr(written_)));
    if (progress.wait != SocketWait::kNothing) {
      blocked = progress.wait == SocketWait::kWritable;
      break;
    }
    writes_.fetch_add(1, std::memory_order_relaxed);
    written_ += progress.bytes;
  }
  if (written_ == out_.size()) {
    out_.clear();
    if (out_.capacity() > kBufferKept) out_ = std::string();
    written_ = 0;
  }
  if (blocked != wants_write_) {
    wants_write_ = blocked;
    loop_.Rewatch(transport_->fd(), blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  return absl::OkStatus();
}

void Connection::FlushOrLose() {
  if (absl::Status written = Flush(); !written.ok()) Lose(written);
}

void Connection::ArmDeadline() {
  const std::optional<SteadyTime> next = queue_.NextDeadline();
  if (!next || (deadline_.serial != 0 && deadline_.due <= *next)) return;
  loop_.CancelTimer(deadline_);
  deadline_ = loop_.StartTimer(*next, [this] { OnDeadline(); });
}

void Connection::OnDeadline() {
  deadline_ = EventLoop::Timer{};
  const size_t expired = queue_.Expire(Now());
  timeouts_.fetch_add(expired, std::memory_order_relaxed);
  SetUnanswered(expired);
  if (queue_.late() > options_.late_max) return Lose(absl::DeadlineExceededError("Redis is too far behind"));
  ArmDeadline();
}

void Connection::Listen() {
  if (!std::exchange(heard_, false)) {
    if (asked_) {
      return Lose(absl::DeadlineExceededError(
          absl::StrCat("Redis has been silent for more than ", options_.silence_max.count(), " ms")));
    }
    asked_ = true;
    Ask({"PING"}, [](const auto&) {});
    if (absl::Status written = Flush(); !written.ok()) return Lose(written);
  } else {
    asked_ = false;
  }
  listening_ = loop_.StartTimer(Now() + options_.silence_max, [this] { Listen(); });
}

void Connection::Disconnect() {
  dialer_->Cancel();
  if (transport_ != nullptr) loop_.Unwatch(transport_->fd());
  transport_ = nullptr;
  reader_ = nullptr;
  out_.clear();
  written_ = 0;
  wants_write_ = false;
  for (EventLoop::Timer* timer : {&rest_, &greeting_, &listening_, &deadline_}) loop_.CancelTimer(*timer);
}

void Connection::Lose(const absl::Status& why) {
  // `why` may be refused_, which is cleared below.
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
  const absl::Status reason = why;
  Disconnect();
  if (phase_ == Phase::kUp && Now() - up_since_ >= options_.rest_max) backoff_.Reset();
  phase_ = Phase::kResting;
  rest_ = loop_.StartTimer(Now() + backoff_.Next(jitter_()), [this] { Dial(); });
  Announce(false, reason);
  queue_.FailAll(With(reason, "not sent"),
                 With(reason, "connection lost, whether the command was executed is unknown"));
  refused_ = absl::OkStatus();
}

void Connection::Announce(bool up, const absl::Status& why) {
  up_.store(up, std::memory_order_relaxed);
  if (announced_ && announced_->up == up && announced_->why == why) return;
  announced_ = ConnectionState{up, why};
  if (on_state_) on_state_(*announced_);
}

void Connection::SetAnswered() {
  const bool was_open = breaker_.open();
  breaker_.Answered();
  if (was_open && phase_ == Phase::kUp) Announce(true, absl::OkStatus());
}

void Connection::SetUnanswered(size_t commands) {
  const bool was_open = breaker_.open();
  for (size_t i = 0; i < commands; ++i) breaker_.Failed(Now(), jitter_());
  if (!was_open && breaker_.open() && phase_ == Phase::kUp)
    Announce(false, absl::DeadlineExceededError("Redis is connected, but does not answer in time"));
}

void Connection::Close() {
  Disconnect();
  dialer_ = nullptr;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    for (Command& command : inbox_) queue_.Add(std::move(command));
    inbox_.clear();
  }
  queue_.FailAll(
      absl::CancelledError("not sent: the connection was closed"),
      absl::CancelledError("the connection was closed; whether the command was executed is unknown"));
}

}  // namespace latchkey
