// The boards on which nodes tell each other of their statistics and sightings: hashes
// `lk:{<environment>:t:counts}`, `…:t:lists}` and `…:t:sightings}`, a field a node. They end by themselves
// once no node renews its line.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "adapters/redis/redis_client.h"
#include "engine/stats/stats_exchange.h"

namespace latchkey {

class RedisStatsExchange final : public StatsExchange {
 public:
  // `client` outlives it and all calls; it is one of its own, since long lines must not hold up attempts.
  // `ours`: whether the store is known to be of this environment; nothing is written while it is not.
  RedisStatsExchange(RedisClient& client, const std::string& environment, std::function<bool()> ours);

  [[nodiscard]] absl::StatusOr<std::vector<Line>> Swap(StatsBoard board, const std::string& node,
                                                       const std::string& text) override;

 private:
  [[nodiscard]] const std::string& KeyOf(StatsBoard board) const;

  RedisClient& client_;
  const std::string counts_key_;
  const std::string lists_key_;
  const std::string sightings_key_;
  const std::function<bool()> ours_;
};

}  // namespace latchkey
