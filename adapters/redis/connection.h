// One pipelined connection to one Redis server.
//
// Commands are sent in the order of Send and answered in that order; all that was sent in one turn of the
// loop leaves in one write. The connection makes itself, greets the server (AUTH, SELECT, CLIENT SETNAME,
// PING), and comes back by itself, with growing rests, after a loss.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "adapters/redis/backoff.h"
#include "adapters/redis/breaker.h"
#include "adapters/redis/command_queue.h"
#include "adapters/redis/dialer.h"
#include "adapters/redis/event_loop.h"
#include "adapters/redis/redis_url.h"
#include "adapters/redis/resp.h"
#include "adapters/redis/tls.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"

namespace latchkey {

struct ConnectionOptions {
  std::string client_name = "latchkey";  // What CLIENT LIST shows; no spaces.
  Duration command_timeout{20};          // For a Send without a timeout of its own.
  Duration connect_timeout{50};          // Name, connect, TLS and greeting together.
  Duration rest_first{10};               // Between tries; doubles up to
  Duration rest_max{1000};               // this.
  Duration silence_max{1000};            // Idle so long: PING. Then silent again as long: remade.
  BreakerOptions breaker;                // Unanswered so often: asked now and then only.
  int64_t open_max = 8192;               // Commands waiting for their answer.
  size_t late_max = 4096;                // Replies overdue; beyond, the connection is remade.
};

// Whether the server can be asked now, and if not, why.
struct ConnectionState {
  bool up = false;
  absl::Status why = absl::UnavailableError("not connected yet");
};

class Connection {
 public:
  using Done = Command::Done;
  using OnState = std::function<void(const ConnectionState&)>;

  // Numbers since the start.
  struct Counts {
    uint64_t commands = 0;  // Written.
    uint64_t writes = 0;    // System calls (or TLS records) they left in.
    uint64_t connects = 0;  // Times it came up.
    uint64_t timeouts = 0;  // Commands that heard DEADLINE_EXCEEDED.
    Counts& operator+=(const Counts& other);
  };

  // `loop` outlives it. `tls` may be null unless url.tls. `on_state` runs on the loop's thread whenever the
  // state or its reason changes.
  Connection(EventLoop& loop, RedisUrl url, ConnectionOptions options, std::shared_ptr<const TlsContext> tls,
             OnState on_state);
  // Commands not answered hear CANCELLED. Not from within a callback.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Thread-safe. Calls `done` once, on the loop's thread, never within this call, with a reply (an error
  // reply is a reply too) or
  //   DEADLINE_EXCEEDED   no reply within `timeout`; executed or not, unless the text says "not sent";
  //   UNAVAILABLE         "not sent" while there is no connection or the breaker is open; "connection lost":
  //   executed or not; RESOURCE_EXHAUSTED  open_max commands are waiting already; not sent.
  // While a connection is being made, commands wait for it within their timeout.
  void Send(CommandText command, Duration timeout, Done done) ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(CommandText command, Done done) {
    Send(std::move(command), options_.command_timeout, std::move(done));
  }
  // As Send, with ASKING right before it: both are sent, or none.
  void SendAsking(const CommandText& command, Duration timeout, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

  // Thread-safe.
  [[nodiscard]] bool up() const { return up_.load(std::memory_order_relaxed); }
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] const ConnectionOptions& options() const { return options_; }

 private:
  enum class Phase { kResting, kDialing, kGreeting, kUp };
  // Whoever finds it empty sees to it that it is taken from.
  enum class Inbox { kWasEmpty, kIsTaken, kIsClosed };

  void Submit(Command command, Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the command unless it is closed.
  Inbox PutInInbox(Command& command) ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeInbox() ABSL_LOCKS_EXCLUDED(mutex_);
  void Dial();
  void Greet(std::unique_ptr<Transport> transport, SteadyTime give_up);
  void Ask(CommandText command, Done done);
  void Welcome();
  void OnReady();
  absl::Status ReadReplies();
  absl::Status Flush();
  void FlushOrLose();
  void ArmDeadline();
  void OnDeadline();
  void Listen();
  void Disconnect();
  void Lose(const absl::Status& why);
  void Announce(bool up, const absl::Status& why);
  void SetAnswered();
  void SetUnanswered(size_t commands);
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

  EventLoop& loop_;
  const RedisUrl url_;
  const ConnectionOptions options_;
  const std::shared_ptr<const TlsContext> tls_;
  const OnState on_state_;

  Mutex mutex_;
  std::vector<Command> inbox_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  std::vector<Command> taken_;  // From there; empty, its memory is used again.
  CommandQueue queue_;          // Admit is anybody's, the rest the loop thread's, as is all that follows.
  Phase phase_ = Phase::kDialing;
  std::unique_ptr<Dialer> dialer_;  // Made and destroyed on the thread it belongs to.
  Backoff backoff_;
  std::mt19937_64 jitter_;
  Breaker breaker_;  // Admits is anybody's.
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<ReplyReader> reader_;
  absl::Status refused_;      // What the server said no to while being greeted.
  std::string out_;           // Bytes to write,
  size_t written_ = 0;        // of which so many are.
  bool wants_write_ = false;  // EPOLLOUT is being waited for.
  bool heard_ = false;        // Something was read since Listen last looked.
  bool asked_ = false;        // Listen has sent a PING since.
  SteadyTime up_since_;
  EventLoop::Timer rest_;
  EventLoop::Timer greeting_;
  EventLoop::Timer listening_;
  EventLoop::Timer deadline_;
  std::optional<ConnectionState> announced_;

  std::atomic<bool> up_{false};
  std::atomic<uint64_t> commands_{0};
  std::atomic<uint64_t> writes_{0};
  std::atomic<uint64_t> connects_{0};
  std::atomic<uint64_t> timeouts_{0};
};

}  // namespace latchkey
