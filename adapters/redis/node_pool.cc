#include "adapters/redis/node_pool.h"

#include <algorithm>
#include <utility>

namespace latchkey {
namespace {

SteadyTime Now() { return std::chrono::steady_clock::now(); }

}  // namespace

NodePool::NodePool(EventLoop& loop, const NodeAccess& access, OnState on_state)
    : loop_(loop), access_(access), on_state_(std::move(on_state)) {
  sweep_ = loop_.StartTimer(Now() + kIdle, [this] { LetGo(); });
}

NodePool::~NodePool() { loop_.CancelTimer(sweep_); }

Connection& NodePool::To(const NodeAddress& address) {
  const auto found = nodes_.find(address);
  if (found != nodes_.end()) {
    found->second.used = Now();
    return *found->second.connection;
  }
  RedisUrl url = access_.url;
  url.host = address.host;
  url.port = address.port;
  auto connection = std::make_unique<Connection>(
      loop_, std::move(url), access_.options, access_.tls,
      [this, address](const ConnectionState& state) { on_state_(address, state); });
  const MutexLock lock(mutex_);
  return *nodes_.emplace(address, Node{std::move(connection), Now()}).first->second.connection;
}

void NodePool::Want(std::vector<NodeAddress> addresses) {
  wanted_ = std::move(addresses);
  for (const NodeAddress& address : wanted_) To(address);
}

Connection::Counts NodePool::counts() const {
  const MutexLock lock(mutex_);
  Connection::Counts sum = gone_;
  for (const auto& [address, node] : nodes_) sum += node.connection->counts();
  return sum;
}

void NodePool::LetGo() {
  const SteadyTime now = Now();
  for (const NodeAddress& address : wanted_) nodes_.at(address).used = now;
  std::vector<std::pair<NodeAddress, std::unique_ptr<Connection>>>
      gone;  // Ended without the lock: callbacks run.
  {
    const MutexLock lock(mutex_);
    for (auto it = nodes_.begin(); it != nodes_.end();) {
      if (now - it->second.used < kIdle) {
        ++it;
        continue;
      }
      gone_ += it->second.connection->counts();
      gone.emplace_back(it->first, std::move(it->second.connection));
      it = nodes_.erase(it);
    }
  }
  for (auto& [address, connection] : gone) {
    connection = nullptr;
    on_state_(address, {.up = false, .why = absl::UnavailableError("not needed any more")});
  }
  sweep_ = loop_.StartTimer(now + kIdle / 4, [this] { LetGo(); });
}

}  // namespace latchkey
