// Revocations on their way from node to node: a list `lk:{<environment>:x}`, newest first, that each node
// adds to and reads into its own disk.
//
// The list is a way, not the place where they are kept: each node keeps all of them, and one whose list was
// lost (a wipe, a failover) is given back what nodes have and it lacks. Entries go once all tokens that they
// refuse have expired.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/keys.h"
#include "adapters/redis/redis_client.h"
#include "engine/base/random.h"
#include "engine/store/revocations.h"

namespace latchkey {

struct RevocationFeedOptions {
  // A revocation returns when so many replicas of each shard concerned have it; zero: when the primary has.
  int replicas = 0;
  Duration replica_timeout{500};
};

class RedisRevocationFeed final : public RevocationFeed {
 public:
  // The list is kept this long after its last entry: no token lives longer.
  static constexpr Duration kKeep = std::chrono::hours(24 * 400);

  // `client` outlives it and all calls. With replicas above zero it is a client of the feed's own: WAIT holds
  // up whatever comes behind it on a connection.
  RedisRevocationFeed(RedisClient& client, const std::string& environment, KeyNames keys,
                      RandomSource& random, RevocationFeedOptions options);

  void Publish(const Revocation& revocation, const Key& account,
               std::function<void(absl::Status)> done) override;

  // Thread-safe. Whether one could not be published since the last call: the others have to be given it anew.
  [[nodiscard]] bool TakeFailed() { return failed_.exchange(false); }

  // The rest waits for Redis and belongs to one thread.

  // What came since the last call; at first, all there is.
  [[nodiscard]] absl::StatusOr<std::vector<Revocation>> ReadNew();
  // Begins anew: the next call reads all there is.
  void Rewind() { newest_.clear(); }
  absl::Status Append(const std::vector<Revocation>& revocations);

 private:
  [[nodiscard]] std::vector<std::string> Packed(const std::vector<Revocation>& revocations);
  void AwaitReplicas(const std::string& key, std::function<void(absl::Status)> done);

  RedisClient& client_;
  const std::string key_;
  const KeyNames keys_;
  const RevocationFeedOptions options_;
  RandomSource& random_;
  std::string newest_;  // the newest entry that was read
  std::atomic<bool> failed_{false};
};

}  // namespace latchkey
