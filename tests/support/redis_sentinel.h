// A real primary with replicas of the test's own, on loopback, and the Sentinels that watch over them and
// fail over fast.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_server.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {

// Use it from the thread that made it. Starting one takes some three seconds.
class RedisSentinels {
 public:
  static constexpr char kMaster[] = "main";

  struct Options {
    size_t replicas = 2;
    size_t sentinels = 3;
    RedisServer::Options server;    // Of every server.
    std::string sentinel_password;  // Empty: anybody may ask the Sentinels.
  };

  // Returns once every Sentinel knows all others and all replicas, which are in step. Throws
  // std::runtime_error.
  RedisSentinels() : RedisSentinels(Options{}) {}
  explicit RedisSentinels(Options options);
  ~RedisSentinels();
  RedisSentinels(const RedisSentinels&) = delete;
  RedisSentinels& operator=(const RedisSentinels&) = delete;

  // redis+sentinel://127.0.0.1:port,…/main
  [[nodiscard]] std::string url() const;
  // The first one is the primary at the beginning.
  [[nodiscard]] size_t size() const { return servers_.size(); }
  [[nodiscard]] RedisServer& server(size_t place) { return *servers_.at(place); }
  [[nodiscard]] size_t sentinels() const { return watchers_.size(); }
  std::string AskSentinel(size_t place, const std::vector<std::string>& args);
  void StopSentinel(size_t place);  // SIGKILL

  // The server that the Sentinels name, as the first of them that runs sees it.
  [[nodiscard]] size_t Primary();
  // Waits until another server is named and says that it is a master. Throws after 30 s.
  size_t AwaitFailover(size_t from);

 private:
  struct Watcher {
    uint16_t port = 0;
    pid_t pid = -1;
  };
  void StartSentinel();
  void AwaitTogether();

  const Options options_;
  ScratchFolder folder_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<Watcher> watchers_;
};

}  // namespace latchkey
