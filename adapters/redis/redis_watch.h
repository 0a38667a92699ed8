// Looks at the stamps of all shards (engine/store/shard_watch.h says what they tell).
//
// A look is one script and one INFO a shard, pipelined, and a script on the one stamp that says which
// environment the store belongs to. While that is another one, no shard is asked (an ACL may forbid it) and
// each is said to be theirs; it is never claimed for ours, even if it vanishes: somebody else is at home
// there. Not thread-safe; a look waits for its answers.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/redis_client.h"
#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/store/shard_watch.h"

namespace latchkey {

class RedisWatch {
 public:
  // The stamp outlives every silence of its engines that a policy's longest window could.
  static constexpr Duration kKeep = std::chrono::hours(24 * 400);

  struct Found {
    RedisClient::Shard shard;
    absl::StatusOr<ShardLook> look = absl::UnavailableError("not looked at");
  };

  // All outlive it, and the client every look.
  RedisWatch(RedisClient& client, std::string environment, RandomSource& random, const Clock& clock)
      : client_(client), environment_(std::move(environment)), random_(random), clock_(clock) {}

  // Of every shard that is known; what has not answered within `patience` is kDeadlineExceeded.
  [[nodiscard]] std::vector<Found> Look(Duration patience);

 private:
  RedisClient& client_;
  const std::string environment_;
  RandomSource& random_;
  const Clock& clock_;
  std::string foreign_;  // the environment that the store was seen to belong to, if not ours
};

// The key of a shard's stamp, and of the one that says whose the store is, which has no environment in it.
[[nodiscard]] std::string StampKey(const std::string& tag);
inline constexpr char kOwnerStampKey[] = "lk:{stamp}";

}  // namespace latchkey
