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
    RedisServer::Options server;    // Of every server; with `tls` all talk TLS to each other.
    std::string sentinel_password;  // Empty: anybody may ask the Sentinels.
    bool sentinel_tls = false;      // url() has their TLS ports, with the files of `server`.
  };

  // Returns once every Sentinel knows all others and all replicas, which are in step. Throws
  // std::runtime_error.
  RedisSentinels() : RedisSentinels(Options{}) {}
  explicit RedisSentinels(Options options);
  ~RedisSentinels();
  RedisSentinels(const RedisSentinels&) = delete;
  RedisSentinels& operator=(const RedisSentinels&) = delete;

  // redis+sentinel://127.0.0.1:port,…/main; rediss+sentinel:// when the servers have TLS.
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
    uint16_t tls_port = 0;
    pid_t pid = -1;
  };
  void StartSentinel();
  // Where Sentinels and servers ask the server.
  [[nodiscard]] uint16_t PortOf(const RedisServer& server) const {
    return options_.server.tls ? server.tls_port() : server.port();
  }
  void AwaitTogether();

  const Options options_;
  ScratchFolder folder_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<Watcher> watchers_;
};

}  // namespace latchkey
