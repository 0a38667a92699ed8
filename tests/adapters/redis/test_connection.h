// A connection with its loop, and Send made to wait: what the tests of this folder talk to Redis with.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/redis/connection.h"

namespace latchkey {

// Collects results that arrive on another thread.
template <typename T>
class Inbox {
 public:
  void Put(T value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  // Waits, ten seconds at most, until there are `count`; all that there are.
  std::vector<T> Await(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return values_.size() >= count; });
    return values_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> values_;
};

class TestConnection {
 public:
  explicit TestConnection(const std::string& url, ConnectionOptions options = Patient(),
                          std::shared_ptr<const TlsContext> tls = nullptr)
      : loop_(*EventLoop::Start("redis-test")),
        connection_(*loop_, *ParseRedisUrl(url), std::move(options), std::move(tls),
                    [this](const ConnectionState& state) { states_.Put(state); }) {}

  // For machines with more to do than this test.
  static ConnectionOptions Patient() {
    ConnectionOptions options;
    options.command_timeout = Duration(5000);
    options.connect_timeout = Duration(2000);
    return options;
  }

  absl::StatusOr<Reply> Ask(const std::vector<std::string>& args, Duration timeout = Duration(5000)) {
    auto inbox = std::make_shared<Inbox<absl::StatusOr<Reply>>>();
    connection_.Send(args, timeout, [inbox](absl::StatusOr<Reply> reply) { inbox->Put(std::move(reply)); });
    std::vector<absl::StatusOr<Reply>> replies = inbox->Await(1);
    return replies.empty() ? absl::StatusOr<Reply>(absl::InternalError("never answered")) : replies[0];
  }

  // The `count`-th change of state, counted from 1.
  ConnectionState State(size_t count) {
    std::vector<ConnectionState> states = states_.Await(count);
    if (states.size() < count) return {.up = false, .why = absl::InternalError("never changed")};
    return states[count - 1];
  }
  // Waits, ten seconds at most.
  bool AwaitUp(bool up) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (connection_.up() != up && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return connection_.up() == up;
  }

  EventLoop& loop() { return *loop_; }
  Connection& connection() { return connection_; }

 private:
  Inbox<ConnectionState> states_;
  std::unique_ptr<EventLoop> loop_;
  Connection connection_;
};

}  // namespace latchkey
