// How the store is, for Prometheus.
#pragma once

#include <array>
#include <map>
#include <optional>
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
// and, of a store that is this node's own memory,
//   latchkey_store_memory_records, …_records_max, …_bytes, …_bytes_max
//   latchkey_store_memory_held_bytes           taken of the system for records, in use or not
//   latchkey_store_memory_overflowed_total     writes to records that many share
//   latchkey_store_memory_refused_total        calls that found no room at all
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
  struct OfMemory {
    explicit OfMemory(prometheus::Registry& registry);
    void Update(const StoreHealth::Memory& memory);

    prometheus::Gauge& records;
    prometheus::Gauge& records_max;
    prometheus::Gauge& bytes;
    prometheus::Gauge& bytes_max;
    prometheus::Gauge& held;
    prometheus::Counter& overflowed;
    prometheus::Counter& refused;
  };
  prometheus::Registry& registry_;
  prometheus::Family<prometheus::Gauge>& up_;
  prometheus::Family<prometheus::Gauge>& skew_;
  std::map<std::string, OfShard> shards_;
  std::array<prometheus::Counter*, kStoreIncidentKinds> incidents_{};
  prometheus::Gauge* waiting_ = nullptr;
  prometheus::Counter* merged_ = nullptr;
  prometheus::Counter* restored_ = nullptr;
  prometheus::Gauge* remembered_ = nullptr;
  prometheus::Gauge* revocations_behind_ = nullptr;
  std::optional<OfMemory> memory_;  // there as soon as something was told of one
};

}  // namespace latchkey
