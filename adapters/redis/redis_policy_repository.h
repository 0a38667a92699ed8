// Policy revisions in Redis, shared by all nodes of an environment: `policy.source: store`.
#pragma once

#include "adapters/redis/redis_client.h"
#include "adapters/redis/script.h"
#include "engine/policy/repository.h"

namespace latchkey {

// A list under `lk:{<env>:p}`, newest first, each element MessagePack: number, applied at, author, reason,
// text. Every write and look renews its time to live. Blocks its callers for kPatience at most.
// Thread-safe.
class RedisPolicyRepository final : public PolicyRepository {
 public:
  static constexpr int kKept = 200;
  // Longer than an attempt may wait: an operator does, and so does a node that starts.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  static constexpr Duration kKeep = std::chrono::hours(24 * 400);

  // `client` outlives it. What is asked while Redis has no revision answers the seed, and puts it there.
  RedisPolicyRepository(RedisClient& client, const std::string& environment, PolicyRevision seed);

  [[nodiscard]] bool writable() const override { return true; }
  [[nodiscard]] absl::StatusOr<PolicyRevision> Newest() const override;
  [[nodiscard]] absl::StatusOr<std::vector<PolicyRevision>> List() const override;
  absl::StatusOr<PolicyRevision> Add(int64_t expected, PolicyRevision revision) override;

 private:
  absl::StatusOr<std::vector<PolicyRevision>> Range(int count) const;
  // Adds if the newest revision's number is `expected`; answers the number of the newest before.
  absl::StatusOr<int64_t> Push(int64_t expected, const PolicyRevision& revision) const;
  absl::StatusOr<Reply> Run(const Script& script, const std::vector<std::string>& args) const;

  RedisClient& client_;
  std::string key_;
  PolicyRevision seed_;
  Script range_;
  Script push_;
};

}  // namespace latchkey
