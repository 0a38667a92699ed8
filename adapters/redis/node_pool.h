// One loop's connections to the servers of a topology, one each, made when they are first wanted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "adapters/redis/connection.h"
#include "adapters/redis/node_address.h"

namespace latchkey {

// How to reach any server of a topology: all but its address.
struct NodeAccess {
  RedisUrl url;  // User, password, TLS and database; host and port do not count.
  ConnectionOptions options;
  std::shared_ptr<const TlsContext> tls;  // Null unless url.tls.
};

// Belongs to the loop's thread, and is destroyed there; save where said.
class NodePool {
 public:
  // A connection to a server that nobody has wanted for so long is let go.
  static constexpr Duration kIdle = std::chrono::seconds(10);

  using OnState = std::function<void(const NodeAddress&, const ConnectionState&)>;

  NodePool(EventLoop& loop, const NodeAccess& access, OnState on_state);
  ~NodePool();
  NodePool(const NodePool&) = delete;
  NodePool& operator=(const NodePool&) = delete;

  // Stays valid for kIdle.
  Connection& To(const NodeAddress& address);
  // From here on these are always wanted: connects to them all.
  void Want(std::vector<NodeAddress> addresses);

  // Thread-safe. Of all connections there were.
  [[nodiscard]] Connection::Counts counts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Node {
    std::unique_ptr<Connection> connection;
    SteadyTime used;
  };
  void LetGo();

  EventLoop& loop_;
  const NodeAccess access_;
  const OnState on_state_;
  std::vector<NodeAddress> wanted_;
  EventLoop::Timer sweep_;
  mutable Mutex mutex_;  // Of changes to the map: the loop's thread reads it without.
  std::map<NodeAddress, Node> nodes_;
  Connection::Counts gone_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
