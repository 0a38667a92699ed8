// Revocations on their way from node to node: a stream `lk:{<environment>:x}` that each node appends to and
// tails into its own disk.
//
// The stream is a way, not the place where they are kept: each node keeps all of them, and one whose stream
// was lost (a wipe, a failover) is given back what nodes have and it lacks. Entries are trimmed once no token
// that they refuse can be alive.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/keys.h"
#include "adapters/redis/redis_client.h"
#include "engine/store/revocations.h"

namespace latchkey {

struct RevocationFeedOptions {
  // A revocation returns when so many replicas of each shard concerned have it; zero: when the primary has.
  int replicas = 0;
  Duration replica_timeout{500};
};

class RedisRevocationFeed final : public RevocationFeed {
 public:
  // The stream is kept this long after its last entry: no token lives longer.
  static constexpr Duration kKeep = std::chrono::hours(24 * 400);

  // `client` outlives it and all calls. With replicas above zero it is a client of the feed's own: WAIT holds
  // up whatever comes behind it on a connection.
  RedisRevocationFeed(RedisClient& client, const std::string& environment, KeyNames keys,
                      RevocationFeedOptions options);

  void Publish(const Revocation& revocation, const Key& account,
               std::function<void(absl::Status)> done) override;

  // Thread-safe. Whether one could not be published since the last call: the others have to be given it anew.
  [[nodiscard]] bool TakeFailed() { return failed_.exchange(false); }

  // The rest waits for Redis and belongs to one thread.

  // What came since the last call (at first: all there is), at most `kReadMax` entries.
  static constexpr int kReadMax = 1000;
  [[nodiscard]] absl::StatusOr<std::vector<Revocation>> ReadNew();
  // Begins to read from the first entry again, as after a wipe.
  void Rewind() { last_id_ = "0-0"; }
  // Appends these, and drops what nobody needs any more at `now`.
  absl::Status Append(const std::vector<Revocation>& revocations, TimePoint now);

 private:
  absl::StatusOr<Reply> Ask(const std::vector<std::string>& args);
  void AwaitReplicas(const std::string& key, std::function<void(absl::Status)> done);

  RedisClient& client_;
  const std::string key_;
  const KeyNames keys_;
  const RevocationFeedOptions options_;
  std::string last_id_ = "0-0";
  std::atomic<bool> failed_{false};
};

}  // namespace latchkey
