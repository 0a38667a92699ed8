// Keeps an eye on the store, and mends it: notices within a second that it was wiped, rolled back or failed
// over and puts back what this node remembers; brings back what was counted without it; passes revocations
// from node to node.
//
// One thread of its own, which waits for Redis. Nothing on the way of a decision waits for it.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "adapters/redis/redis_revocation_feed.h"
#include "adapters/redis/redis_watch.h"
#include "engine/base/mutex.h"
#include "engine/policy/holder.h"
#include "engine/store/fallback_store.h"
#include "engine/store/gated_store.h"
#include "engine/store/late_settlements.h"
#include "engine/store/record_memory.h"
#include "engine/store/restorer.h"
#include "engine/store/revocations.h"
#include "engine/store/store_health.h"

namespace latchkey {

// All of it outlives the keeper; client and stores also their last answers.
struct StoreKeeperParts {
  RedisClient& client;
  std::string environment;
  GatedStore& store;
  FallbackStore& fallback;
  LateSettlements& late;
  RecordMemory& memory;
  const PolicyHolder& policies;
  Revocations& revocations;
  // This node's revocations that still refuse a token.
  std::function<std::vector<Revocation>()> live_revocations;
  RedisRevocationFeed& feed;
  RandomSource& random;
  const Clock& clock;
  // Told of each once, on the keeper's thread.
  std::function<void(const StoreIncident&)> on_incident;
  std::function<void(const std::string& shard, Duration skew, bool too_much)> on_skew;
  std::function<void(const std::string& what, const absl::Status& why)> on_trouble;
};

struct StoreKeeperOptions {
  // A look, its answers and what follows from them fit into a second.
  Duration look_every{700};
  Duration look_patience{250};
  Duration step_every{50};
  Duration skew_max = std::chrono::seconds(1);
  // Nodes do not all come back in step: each rests up to so long before it brings anything back.
  Duration jitter_max{1000};
  // Of what is remembered, so much before a failover may not have reached the new primary.
  Duration failover_reach = std::chrono::minutes(1);
  PaceOptions pace;
};

class StoreKeeper final : public StoreHealthSource {
 public:
  StoreKeeper(StoreKeeperParts parts, StoreKeeperOptions options);
  ~StoreKeeper() override;
  StoreKeeper(const StoreKeeper&) = delete;
  StoreKeeper& operator=(const StoreKeeper&) = delete;

  [[nodiscard]] StoreHealth Health() const override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // Whether the store was whole and could be asked.
  bool LookAtStore() ABSL_LOCKS_EXCLUDED(mutex_);
  void Take(const StoreIncident& incident) ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeSkew(const std::string& shard, Duration skew);
  absl::Status TailRevocations();
  absl::Status SyncRevocations();
  void Learn(const Revocation& revocation);
  [[nodiscard]] TimePoint Soon();

  const StoreKeeperParts parts_;
  const StoreKeeperOptions options_;
  RedisWatch looks_;
  ShardWatch watch_;
  Restorer restorer_;
  StoreIncidents incidents_;
  std::map<std::string, bool> skewed_;
  bool was_up_ = false;
  TimePoint merge_from_;
  std::optional<TimePoint> sync_at_;
  std::atomic<int64_t> revocations_read_;  // when, in ms; at first, when this began

  mutable Mutex mutex_;
  std::vector<StoreHealth::Shard> shards_ ABSL_GUARDED_BY(mutex_);
  std::array<uint64_t, kStoreIncidentKinds> counts_ ABSL_GUARDED_BY(mutex_){};

  std::promise<void> ending_;
  std::thread thread_;  // last: it uses all the above
};

}  // namespace latchkey
