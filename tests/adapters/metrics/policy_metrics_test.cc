#include "adapters/metrics/policy_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

// The gauge of this promise, or -1.
double AcceptedRisk(const prometheus::Registry& registry, const std::string& promise) {
  for (const auto& family : registry.Collect()) {
    if (family.name != "latchkey_policy_accepted_risk") continue;
    for (const auto& metric : family.metric) {
      if (metric.label.at(0).value == promise) return metric.gauge.value;
    }
  }
  return -1;
}

TEST(PolicyMetricsTest, WhatThePolicyInForceGivesUpIsOneAndAllElseZero) {
  prometheus::Registry registry;
  PolicyMetrics metrics(registry);
  PolicySpec spec = StorefrontSpec();
  spec.bounds = {{kDay, 99}};
  spec.accept_risk = {"P2", "P5"};
  metrics.Show(MustCompile(spec));
  EXPECT_EQ(AcceptedRisk(registry, "P2"), 1);
  EXPECT_EQ(AcceptedRisk(registry, "P5"), 0) << "it is kept, whatever was given up";
  EXPECT_EQ(AcceptedRisk(registry, "P11"), 0);
  spec.bounds = {{kDay, 100}};
  metrics.Show(MustCompile(spec));
  EXPECT_EQ(AcceptedRisk(registry, "P2"), 0) << "the next policy keeps it";
}

}  // namespace
}  // namespace latchkey
