// What the policy in force gives up, for Prometheus: an alert on it needs no reading of policies.
#pragma once

#include <array>
#include <memory>

#include "engine/policy/policy.h"

namespace prometheus {
class Gauge;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-compatible. The registry must outlive it.
//   latchkey_policy_accepted_risk{promise} (0 or 1)  latchkey_policy_revision
class PolicyMetrics {
 public:
  explicit PolicyMetrics(prometheus::Registry& registry);

  // Certifies a policy that it has not shown yet; costs nothing for the one that it shows.
  void Show(std::shared_ptr<const Policy> policy);

 private:
  static constexpr size_t kPromises = 11;

  std::array<prometheus::Gauge*, kPromises> accepted_{};
  prometheus::Gauge* revision_ = nullptr;
  std::shared_ptr<const Policy> shown_;
};

}  // namespace latchkey
