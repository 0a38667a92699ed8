// What becomes of messages to other systems, for Prometheus.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "engine/delivery/courier.h"
#include "engine/delivery/notice_pump.h"

namespace prometheus {
class Counter;
class Gauge;
template <typename T>
class Family;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-compatible. The registry must outlive it. Labels are names of targets, which operators give: at
// most 64.
//   latchkey_delivery_messages_total{target,result}   delivered, failed (an attempt), dropped, dead_dropped
//   latchkey_delivery_waiting{target}                 messages that wait
//   latchkey_delivery_dead_letters{target}            messages that were given up and are kept
//   latchkey_delivery_oldest_seconds{target}          age of the oldest that waits
//   latchkey_delivery_target_up{target}               0: its circuit is open or it has said that it is gone
//   latchkey_delivery_overflowed_total                notices that came too fast to be written down
//   latchkey_delivery_storage_errors_total            the outbox's disk did not take something
//   latchkey_delivery_gaps_total                      changes were no longer kept when they were to be told
//   latchkey_delivery_leader                          1: this node delivers
//   latchkey_siem_lines_total{result}                 written, dropped, failed
class DeliveryMetrics {
 public:
  explicit DeliveryMetrics(prometheus::Registry& registry);
  // As it is now.
  void Update(const std::vector<Outbox::TargetState>& targets, const CourierCounts& courier,
              const PumpCounts& pump, TimePoint now);
  void UpdateSiem(uint64_t written, uint64_t dropped, uint64_t failed);

 private:
  struct OfTarget {
    std::array<prometheus::Counter*, 4> results{};
    prometheus::Gauge* waiting = nullptr;
    prometheus::Gauge* dead = nullptr;
    prometheus::Gauge* oldest = nullptr;
    prometheus::Gauge* up = nullptr;
  };
  OfTarget& Of(const std::string& target);

  prometheus::Family<prometheus::Counter>& messages_;
  prometheus::Family<prometheus::Gauge>& waiting_;
  prometheus::Family<prometheus::Gauge>& dead_;
  prometheus::Family<prometheus::Gauge>& oldest_;
  prometheus::Family<prometheus::Gauge>& up_;
  prometheus::Counter& overflowed_;
  prometheus::Counter& storage_errors_;
  prometheus::Counter& gaps_;
  prometheus::Gauge& leader_;
  std::array<prometheus::Counter*, 3> siem_{};
  std::map<std::string, OfTarget> targets_;
};

}  // namespace latchkey
