#include "adapters/metrics/finding_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

namespace latchkey {
namespace {

class Heard final : public FindingSink {
 public:
  void OnFinding(const Finding& /*finding*/, TimePoint /*now*/) override { ++times; }
  int times = 0;
};

TEST(FindingMetricsTest, CountsByKindFromZeroAndPassesEachOn) {
  prometheus::Registry registry;
  Heard heard;
  FindingMetrics metrics(registry, heard);
  Finding finding;
  finding.kind = AttackKind::kPasswordSpray;
  metrics.OnFinding(finding, {});
  metrics.OnFinding(finding, {});
  EXPECT_EQ(heard.times, 2);
  int kinds = 0;
  for (const auto& family : registry.Collect()) {
    if (family.name != "latchkey_findings_total") continue;
    for (const auto& metric : family.metric) {
      ++kinds;
      EXPECT_EQ(metric.counter.value, metric.label.at(0).value == "password-spray" ? 2 : 0);
    }
  }
  EXPECT_EQ(kinds, kAttackKinds);
}

TEST(FindingMetricsTest, ShowsHowManySightingsWereDroppedFromZero) {
  prometheus::Registry registry;
  Heard heard;
  FindingMetrics metrics(registry, heard);
  const auto shown = [&registry] {
    for (const auto& family : registry.Collect()) {
      if (family.name == "latchkey_sightings_dropped_total") return family.metric.at(0).counter.value;
    }
    return -1.0;
  };
  EXPECT_EQ(shown(), 0);
  metrics.Update(7);
  metrics.Update(7);
  EXPECT_EQ(shown(), 7) << "a total, not what was added";
  metrics.Update(9);
  EXPECT_EQ(shown(), 9);
}

}  // namespace
}  // namespace latchkey
