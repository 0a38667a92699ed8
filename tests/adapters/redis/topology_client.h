// A client of any topology, with its calls made to wait.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/redis/redis_client.h"
#include "tests/adapters/redis/test_connection.h"
#include "tests/support/holds_within.h"

namespace latchkey {

class TopologyClient {
 public:
  explicit TopologyClient(RedisSettings settings) {
    if (settings.connection.command_timeout == ConnectionOptions().command_timeout)
      settings.connection = TestConnection::Patient();
    auto client = OpenRedisClient(settings, [this](bool up, const absl::Status& why) {
      states_.Put({up, std::string(why.message())});
    });
    if (!client.ok()) throw std::runtime_error(std::string(client.status().message()));
    client_ = *std::move(client);
  }

  absl::StatusOr<Reply> Ask(const std::string& key, const std::vector<std::string>& args,
                            Duration timeout = Duration(5000)) {
    auto answer = std::make_shared<std::promise<absl::StatusOr<Reply>>>();
    client_->Send(key, args, timeout,
                  [answer](absl::StatusOr<Reply> reply) { answer->set_value(std::move(reply)); });
    return answer->get_future().get();
  }
  // Waits, ten seconds at most.
  bool AwaitUp(bool up = true) {
    for (int tries = 0; client_->up() != up && tries < 10'000; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return client_->up() == up;
  }
  // What it said of itself so far: up, or why not.
  std::vector<std::pair<bool, std::string>> States(size_t count) { return states_.Await(count); }

  RedisClient& operator*() { return *client_; }
  RedisClient* operator->() { return client_.get(); }

 private:
  Inbox<std::pair<bool, std::string>> states_;
  std::unique_ptr<RedisClient> client_;  // First to go: it calls the member above.
};

// What a client with these settings says of itself until it says this, or has had ten seconds for it.
inline std::string ComplaintOf(const RedisSettings& settings, const std::string& expected) {
  TopologyClient client(settings);
  std::string said;
  const auto complains = [&] {
    said.clear();
    for (const auto& [up, why] : client.States(1)) said += why + "\n";
    return said.find(expected) != std::string::npos;
  };
  (void)HoldsWithin(std::chrono::seconds(10), complains);
  return said;
}

}  // namespace latchkey
