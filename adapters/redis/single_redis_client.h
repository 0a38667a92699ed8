// One Redis server, with one connection to it a loop.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/node_pool.h"
#include "adapters/redis/redis_client.h"

namespace latchkey {

// Each key keeps to one of the connections.
class SingleRedisClient final : public RedisClient {
 public:
  // Requires: at least one loop. `server.url` says where it is, too.
  SingleRedisClient(std::vector<std::unique_ptr<EventLoop>> loops, const std::string& environment,
                    const NodeAccess& server, OnState on_state);

  void Send(std::string_view key, CommandText command, Duration timeout, Done done) override;
  [[nodiscard]] std::vector<Shard> shards() const override;
  [[nodiscard]] bool one_script_spans_keys() const override { return true; }
  [[nodiscard]] bool up() const override { return down_ == 0; }
  [[nodiscard]] Connection::Counts counts() const override;
  [[nodiscard]] const ConnectionOptions& options() const override { return connections_[0]->options(); }
  [[nodiscard]] const std::string& display() const override { return display_; }

 private:
  const OnState on_state_;
  const std::string display_;
  const std::string tag_;
  std::atomic<int> down_;  // Connections that are.
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<std::unique_ptr<Connection>> connections_;  // Before their loops are gone.
};

}  // namespace latchkey
