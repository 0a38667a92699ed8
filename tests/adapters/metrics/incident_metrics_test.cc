#include "adapters/metrics/incident_metrics.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <map>

namespace latchkey {
namespace {

// "password-spray high" → how many.
std::map<std::string, double> Shown(const prometheus::Registry& registry) {
  std::map<std::string, double> shown;
  for (const auto& family : registry.Collect()) {
    EXPECT_EQ(family.name, "latchkey_incidents_open");
    for (const auto& metric : family.metric) {
      std::map<std::string, std::string> labels;
      for (const auto& label : metric.label) labels[label.name] = label.value;
      shown[labels["kind"] + " " + labels["severity"]] = metric.gauge.value;
    }
  }
  return shown;
}

TEST(IncidentMetricsTest, EveryKindAndSeverityIsThereFromTheStartAtZero) {
  prometheus::Registry registry;
  const IncidentMetrics metrics(registry);
  const auto shown = Shown(registry);
  EXPECT_EQ(shown.size(), size_t{kAttackKinds} * kSeverityLevels);
  for (const auto& [name, value] : shown) EXPECT_EQ(value, 0) << name;
}

TEST(IncidentMetricsTest, ShowsWhatNobodyHasLookedAtAndForgetsWhatIsClosed) {
  prometheus::Registry registry;
  IncidentMetrics metrics(registry);
  metrics.Update({{.kind = AttackKind::kPasswordSpray, .severity = Severity::kHigh, .open = 2},
                  {.kind = AttackKind::kKeyFlood, .severity = Severity::kLow, .open = 0, .acknowledged = 3}});
  EXPECT_EQ(Shown(registry)["password-spray high"], 2);
  EXPECT_EQ(Shown(registry)["password-spray medium"], 0);
  EXPECT_EQ(Shown(registry)["key-flood low"], 0);
  metrics.Update({});
  EXPECT_EQ(Shown(registry)["password-spray high"], 0);
}

}  // namespace
}  // namespace latchkey
