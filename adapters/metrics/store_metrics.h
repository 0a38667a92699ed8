// How the store is, for Prometheus.
#pragma once

#include <array>
#include <map>
#include <string>

#include "engine/store/store_health.h"

namespace prometheus {
class Counter;
class Gauge;
template <typename T>
class Family;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-compatible. The registry must outlive it.
//   latchkey_store_up{shard}                   0 or 1
//   latchkey_store_clock_skew_seconds{shard}   its clock less this node's
//   latchkey_store_incidents_total{kind}       wiped, rolled_back, failed_over, foreign_environment
//   latchkey_store_merge_waiting               records counted here while the store was gone
//   latchkey_store_merged_total                … brought back
//   latchkey_store_restored_total              records put back after a loss
//   latchkey_store_remembered_bytes            what could be put back
//   latchkey_revocations_behind_seconds        how long others' revocations could not be read
class StoreMetrics {
 public:
  explicit StoreMetrics(prometheus::Registry& registry);
  // As it is now.
  void Update(const StoreHealth& health);

 private:
  struct OfShard {
    prometheus::Gauge* up = nullptr;
    prometheus::Gauge* skew = nullptr;
  };
  prometheus::Family<prometheus::Gauge>& up_;
  prometheus::Family<prometheus::Gauge>& skew_;
  std::map<std::string, OfShard> shards_;
  std::array<prometheus::Counter*, kStoreIncidentKinds> incidents_{};
  prometheus::Gauge* waiting_ = nullptr;
  prometheus::Counter* merged_ = nullptr;
  prometheus::Counter* restored_ = nullptr;
  prometheus::Gauge* remembered_ = nullptr;
  prometheus::Gauge* revocations_behind_ = nullptr;
};

}  // namespace latchkey
