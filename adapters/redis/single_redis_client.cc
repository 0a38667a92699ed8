#include "adapters/redis/single_redis_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/hash_slot.h"

namespace latchkey {

SingleRedisClient::SingleRedisClient(std::vector<std::unique_ptr<EventLoop>> loops,
                                     const std::string& environment, const NodeAccess& server,
                                     OnState on_state)
    : on_state_(std::move(on_state)),
      display_(server.url.Display()),
      tag_(absl::StrCat(environment, ":s:0")),
      down_(static_cast<int>(loops.size())),
      loops_(std::move(loops)) {
  for (const std::unique_ptr<EventLoop>& loop : loops_) {
    connections_.push_back(
        std::make_unique<Connection>(*loop, server.url, server.options, server.tls,
                                     [this, was_up = false](const ConnectionState& state) mutable {
                                       if (state.up != was_up) down_ += state.up ? -1 : 1;
                                       was_up = state.up;
                                       if (on_state_) on_state_(up(), state.why);
                                     }));
  }
}

void SingleRedisClient::Send(std::string_view key, CommandText command, Duration timeout, Done done) {
  const size_t place = connections_.size() == 1 ? 0 : HashSlot(key) % connections_.size();
  connections_[place]->Send(std::move(command), timeout, std::move(done));
}

std::vector<RedisClient::Shard> SingleRedisClient::shards() const {
  return {Shard{.name = display_, .tag = tag_, .up = up()}};
}

Connection::Counts SingleRedisClient::counts() const {
  Connection::Counts sum;
  for (const auto& each : connections_) sum += each->counts();
  return sum;
}

}  // namespace latchkey
