#include "adapters/metrics/policy_metrics.h"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "engine/policy/certificate/certificate.h"

namespace latchkey {

PolicyMetrics::PolicyMetrics(prometheus::Registry& registry) {
  auto& accepted = prometheus::BuildGauge()
                       .Name("latchkey_policy_accepted_risk")
                       .Help("1: the policy in force breaks this promise and says so (accept_risk)")
                       .Register(registry);
  for (size_t i = 0; i < kPromises; ++i)
    accepted_[i] = &accepted.Add({{"promise", "P" + std::to_string(i + 1)}});
  revision_ = &prometheus::BuildGauge()
                   .Name("latchkey_policy_revision")
                   .Help("The revision of the policy in force")
                   .Register(registry)
                   .Add({});
}

void PolicyMetrics::Show(std::shared_ptr<const Policy> policy) {
  if (policy == shown_) return;
  const Certificate certificate = Certify(*policy);
  for (size_t i = 0; i < certificate.promises.size() && i < kPromises; ++i)
    accepted_[i]->Set(certificate.promises[i].keeping == Keeping::kAccepted ? 1 : 0);
  revision_->Set(static_cast<double>(policy->revision()));
  shown_ = std::move(policy);
}

}  // namespace latchkey
