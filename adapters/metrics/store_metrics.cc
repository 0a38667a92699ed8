#include "adapters/metrics/store_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <set>
#include <string>

#include "adapters/metrics/raise.h"

namespace latchkey {
namespace {

double Seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

prometheus::Gauge& OneGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& OneCounter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

StoreMetrics::OfMemory::OfMemory(prometheus::Registry& registry)
    : records(OneGauge(registry, "latchkey_store_memory_records", "Records in this node's memory")),
      records_max(OneGauge(registry, "latchkey_store_memory_records_max", "The most that there may be")),
      bytes(OneGauge(registry, "latchkey_store_memory_bytes",
                     "What records in this node's memory take, with what each costs besides")),
      bytes_max(OneGauge(registry, "latchkey_store_memory_bytes_max", "The most that they may take")),
      held(OneGauge(registry, "latchkey_store_memory_held_bytes",
                    "Memory taken of the system for records, in use or not")),
      overflowed(OneCounter(registry, "latchkey_store_memory_overflowed_total",
                            "Writes to records that many share, since there was no room for more")),
      refused(OneCounter(registry, "latchkey_store_memory_refused_total",
                         "Calls that found no room in this node's memory")) {}

void StoreMetrics::OfMemory::Update(const StoreHealth::Memory& memory) {
  records.Set(static_cast<double>(memory.records));
  records_max.Set(static_cast<double>(memory.records_max));
  bytes.Set(static_cast<double>(memory.bytes));
  bytes_max.Set(static_cast<double>(memory.bytes_max));
  held.Set(static_cast<double>(memory.held_bytes));
  RaiseTo(overflowed, memory.overflowed);
  RaiseTo(refused, memory.refused);
}

StoreMetrics::StoreMetrics(prometheus::Registry& registry)
    : registry_(registry),
      up_(prometheus::BuildGauge()
              .Name("latchkey_store_up")
              .Help("Whether this part of the store answers and belongs to this environment")
              .Register(registry)),
      skew_(prometheus::BuildGauge()
                .Name("latchkey_store_clock_skew_seconds")
                .Help("The clock of this part of the store less this node's")
                .Register(registry)),
      waiting_(&OneGauge(registry, "latchkey_store_merge_waiting",
                         "Records counted without the store and not brought back yet")),
      merged_(&OneCounter(registry, "latchkey_store_merged_total",
                          "Records counted without the store and brought back")),
      restored_(&OneCounter(registry, "latchkey_store_restored_total",
                            "Records put back after the store was wiped, rolled back or failed over")),
      remembered_(
          &OneGauge(registry, "latchkey_store_remembered_bytes", "What could be put back after a loss")),
      revocations_behind_(&OneGauge(registry, "latchkey_revocations_behind_seconds",
                                    "How long this node has not been able to read what others revoked")) {
  auto& incidents = prometheus::BuildCounter()
                        .Name("latchkey_store_incidents_total")
                        .Help("What happened to the store")
                        .Register(registry);
  for (int kind = 0; kind < kStoreIncidentKinds; ++kind) {
    incidents_[static_cast<size_t>(kind)] =
        &incidents.Add({{"kind", std::string(StoreIncidentName(static_cast<StoreIncidentKind>(kind)))}});
  }
}

void StoreMetrics::Update(const StoreHealth& health) {
  std::set<std::string> there;
  for (const StoreHealth::Shard& shard : health.shards) {
    there.insert(shard.name);
    OfShard& gauges = shards_[shard.name];
    if (gauges.up == nullptr)
      gauges = {.up = &up_.Add({{"shard", shard.name}}), .skew = &skew_.Add({{"shard", shard.name}})};
    gauges.up->Set(shard.up ? 1 : 0);
    gauges.skew->Set(Seconds(shard.skew));
  }
  for (auto it = shards_.begin(); it != shards_.end();) {
    if (there.contains(it->first)) {
      ++it;
      continue;
    }
    up_.Remove(it->second.up);
    skew_.Remove(it->second.skew);
    it = shards_.erase(it);
  }
  for (size_t kind = 0; kind < incidents_.size(); ++kind)
    RaiseTo(*incidents_[kind], health.incident_counts[kind]);
  waiting_->Set(static_cast<double>(health.waiting_to_merge));
  RaiseTo(*merged_, health.merged);
  RaiseTo(*restored_, health.restored);
  remembered_->Set(static_cast<double>(health.remembered_bytes));
  revocations_behind_->Set(Seconds(health.revocations_behind));
  if (!health.memory) return;
  if (!memory_) memory_.emplace(registry_);
  memory_->Update(*health.memory);
}

}  // namespace latchkey
