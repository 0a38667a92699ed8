#include "adapters/metrics/delivery_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace latchkey {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Registry;

constexpr std::array<const char*, 4> kResults = {"delivered", "failed", "dropped", "dead_dropped"};
constexpr std::array<const char*, 3> kLineResults = {"written", "dropped", "failed"};

prometheus::Family<Gauge>& Gauges(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

prometheus::Family<Counter>& Counters(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

// A total, as a counter that only grows.
void GrowTo(Counter& counter, uint64_t total) {
  const double more = static_cast<double>(total) - counter.Value();
  if (more > 0) counter.Increment(more);
}

}  // namespace

DeliveryMetrics::DeliveryMetrics(Registry& registry)
    : messages_(
          Counters(registry, "latchkey_delivery_messages_total",
                   "Messages to other systems: delivered, attempts that failed, dropped for want of room")),
      waiting_(Gauges(registry, "latchkey_delivery_waiting", "Messages that wait to be delivered")),
      dead_(Gauges(registry, "latchkey_delivery_dead_letters", "Messages that were given up and are kept")),
      oldest_(Gauges(registry, "latchkey_delivery_oldest_seconds", "Age of the oldest message that waits")),
      up_(Gauges(registry, "latchkey_delivery_target_up",
                 "Whether the target takes messages: 0 while its circuit is open or it is gone")),
      overflowed_(Counters(registry, "latchkey_delivery_overflowed_total",
                           "Notices that came faster than they could be written down")
                      .Add({})),
      storage_errors_(Counters(registry, "latchkey_delivery_storage_errors_total",
                               "Changes that the disk of the outbox did not take at once")
                          .Add({})),
      gaps_(Counters(registry, "latchkey_delivery_gaps_total",
                     "Times that changes were no longer kept when they were to be told")
                .Add({})),
      leader_(Gauges(registry, "latchkey_delivery_leader", "Whether this node delivers for all").Add({})) {
  auto& lines = Counters(registry, "latchkey_siem_lines_total",
                         "Lines for a SIEM: written, dropped for want of room, failed to be written");
  for (size_t i = 0; i < kLineResults.size(); ++i) siem_[i] = &lines.Add({{"result", kLineResults[i]}});
}

DeliveryMetrics::OfTarget& DeliveryMetrics::Of(const std::string& target) {
  OfTarget& of = targets_[target];
  if (of.waiting != nullptr) return of;
  for (size_t i = 0; i < kResults.size(); ++i)
    of.results[i] = &messages_.Add({{"target", target}, {"result", kResults[i]}});
  of.waiting = &waiting_.Add({{"target", target}});
  of.dead = &dead_.Add({{"target", target}});
  of.oldest = &oldest_.Add({{"target", target}});
  of.up = &up_.Add({{"target", target}});
  return of;
}

void DeliveryMetrics::Update(const std::vector<Outbox::TargetState>& targets, const CourierCounts& courier,
                             const PumpCounts& pump, TimePoint now) {
  for (const Outbox::TargetState& target : targets) {
    OfTarget& of = Of(target.name);
    const std::array<uint64_t, 4> totals = {target.delivered, target.failures, target.dropped,
                                            target.lost_dead};
    for (size_t i = 0; i < totals.size(); ++i) GrowTo(*of.results[i], totals[i]);
    of.waiting->Set(static_cast<double>(target.waiting));
    of.dead->Set(static_cast<double>(target.dead));
    of.oldest->Set(target.oldest ? std::chrono::duration<double>(now - *target.oldest).count() : 0);
    of.up->Set(target.circuit == Outbox::Circuit::kClosed ? 1 : 0);
  }
  GrowTo(overflowed_, courier.overflowed);
  GrowTo(storage_errors_, courier.storage_errors);
  GrowTo(gaps_, pump.gaps);
  leader_.Set(pump.delivering ? 1 : 0);
}

void DeliveryMetrics::UpdateSiem(uint64_t written, uint64_t dropped, uint64_t failed) {
  const std::array<uint64_t, 3> totals = {written, dropped, failed};
  for (size_t i = 0; i < totals.size(); ++i) GrowTo(*siem_[i], totals[i]);
}

}  // namespace latchkey
