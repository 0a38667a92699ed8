// A real Redis Cluster of the test's own, on loopback: primaries, each with its replicas, that fail over
// fast.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/redis_server.h"

namespace latchkey {

// Use it from the thread that made it. Starting one takes some three seconds.
class RedisCluster {
 public:
  struct Options {
    size_t primaries = 3;
    size_t replicas_each = 0;
    RedisServer::Options server;  // Of every node; with `tls` the nodes talk TLS to each other too.
  };

  // Returns once every node says cluster_state:ok, every slot is served and the replicas are in step. Throws
  // std::runtime_error.
  RedisCluster() : RedisCluster(Options{}) {}
  explicit RedisCluster(Options options);

  // redis+cluster://127.0.0.1:port,… of all nodes; rediss+cluster:// with `tls`.
  [[nodiscard]] std::string url() const;
  // Primaries first, as they were at the beginning; the replicas of primary p are p + primaries * k.
  [[nodiscard]] size_t size() const { return nodes_.size(); }
  [[nodiscard]] RedisServer& node(size_t place) { return *nodes_.at(place); }
  [[nodiscard]] const std::string& id(size_t place) const { return ids_.at(place); }

  // Which node serves the slot now, as the node `asked` sees it.
  [[nodiscard]] size_t OwnerOf(uint16_t slot, size_t asked = 0);
  // Waits until every running node says so and all slots are served. Throws after 30 s.
  void AwaitOk();

  // Moves a slot as redis-cli does: importing, migrating, the keys `batch` at a time, then the new owner.
  // Between the batches, and before the last step, keys of the slot are on both sides: ASK and TRYAGAIN.
  void MoveSlot(uint16_t slot, size_t to, int batch = 10);

  // What all nodes hold together.
  [[nodiscard]] std::vector<std::string> Keys(const std::string& pattern);
  void FlushAll();

 private:
  [[nodiscard]] RedisServer::Options NodeOptions(uint16_t bus_port) const;
  void StartNode();
  void Join();
  [[nodiscard]] bool Settled();
  void AwaitOneEpoch();

  const Options options_;
  std::vector<std::unique_ptr<RedisServer>> nodes_;
  std::vector<uint16_t> bus_ports_;
  std::vector<std::string> ids_;
};

}  // namespace latchkey
