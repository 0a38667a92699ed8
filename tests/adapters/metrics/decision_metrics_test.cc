#include "adapters/metrics/decision_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "absl/strings/str_cat.h"
#include "adapters/metrics/delivery_metrics.h"
#include "adapters/metrics/finding_metrics.h"
#include "adapters/metrics/incident_metrics.h"
#include "adapters/metrics/metered_signal_store.h"
#include "adapters/metrics/policy_metrics.h"
#include "adapters/metrics/process_metrics.h"
#include "adapters/metrics/recording_metrics.h"
#include "adapters/metrics/store_metrics.h"
#include "tests/support/fake_clock.h"
#include "tests/support/naive_signal_store.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

constexpr TimePoint kNow{std::chrono::hours(24 * 365 * 50)};

class Nobody final : public FindingSink {
 public:
  void OnFinding(const Finding& /*finding*/, TimePoint /*now*/) override {}
};

// All that latchkeyd shows, as wiring puts it together.
struct Shown {
  prometheus::Registry registry;
  FakeClock clock;
  NaiveSignalStore naive{clock};
  DecisionStats stats{{}};
  ClusterStats cluster{stats, nullptr, "one"};
  MeteredSignalStore store{naive, stats.latency(), registry};
  DecisionMetrics decisions{registry};
  Nobody nobody;
  FindingMetrics findings{registry, nobody};
  IncidentMetrics incidents{registry};
  PolicyMetrics policy{registry};
  StoreMetrics store_health{registry};
  RecordingMetrics recording{registry};
  DeliveryMetrics delivery{registry};
  ProcessMetrics process{registry, "0.0.0"};
  std::optional<StoreHealth::Memory> memory = StoreHealth::Memory();

  void Update() {
    stats.Collect(kNow);
    decisions.Update(cluster, kNow);
    StoreHealth health;
    health.shards = {{.name = "127.0.0.1:6379", .up = true}};
    health.memory = memory;
    store_health.Update(health);
    delivery.Update({{.name = "bidding"}}, {}, {}, kNow);
    process.Update();
  }
};

DecisionSeen Seen(Action action) {
  return {.decision_id = 1,
          .at = kNow,
          .action = action,
          .until = kNow + std::chrono::hours(1),
          .rule = action == Action::kAllow ? "" : "stranger-guesses",
          .tenant = "default",
          .path = "web",
          .account = {0, 1}};
}

double ValueOf(const prometheus::Registry& registry, const std::string& name,
               const std::set<std::pair<std::string, std::string>>& labels) {
  for (const auto& family : registry.Collect()) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      std::set<std::pair<std::string, std::string>> has;
      for (const auto& label : metric.label) has.emplace(label.name, label.value);
      if (has == labels)
        return family.type == prometheus::MetricType::Gauge ? metric.gauge.value : metric.counter.value;
    }
  }
  return -1;
}

TEST(StoreMetricsTest, ShowsHowFullTheNodesMemoryIs) {
  Shown shown;
  shown.memory = {.records = 7,
                  .records_max = 100,
                  .bytes = 1000,
                  .bytes_max = 4000,
                  .held_bytes = 2000,
                  .overflowed = 3,
                  .refused = 2};
  for (int i = 0; i < 2; ++i) shown.Update();
  const auto value = [&](const char* name) { return ValueOf(shown.registry, name, {}); };
  EXPECT_EQ(value("latchkey_store_memory_records"), 7);
  EXPECT_EQ(value("latchkey_store_memory_records_max"), 100);
  EXPECT_EQ(value("latchkey_store_memory_bytes"), 1000);
  EXPECT_EQ(value("latchkey_store_memory_bytes_max"), 4000);
  EXPECT_EQ(value("latchkey_store_memory_held_bytes"), 2000);
  EXPECT_EQ(value("latchkey_store_memory_overflowed_total"), 3);
  EXPECT_EQ(value("latchkey_store_memory_refused_total"), 2);
}

TEST(StoreMetricsTest, SaysNothingOfMemoryWhereTheStoreIsElsewhere) {
  Shown shown;
  shown.memory.reset();
  shown.Update();
  for (const auto& family : shown.registry.Collect())
    EXPECT_FALSE(family.name.starts_with("latchkey_store_memory_")) << family.name;
}

TEST(DecisionMetricsTest, ShowsWhatTheStatisticsHaveCountedAndOnlyOnce) {
  Shown shown;
  DecisionSeen device = Seen(Action::kThrottle);
  device.proved = Lane::kDevice;
  shown.stats.AddDecision(device);
  shown.stats.AddDecision(Seen(Action::kAllow));
  shown.stats.AddOutcome(Outcome::kWrong, {0, 1}, {7, 0}, 9);
  for (int i = 0; i < 3; ++i) shown.Update();
  const auto& registry = shown.registry;
  EXPECT_EQ(ValueOf(registry, "latchkey_decisions_total", {{"action", "THROTTLE"}, {"lane", "stranger"}}), 1);
  EXPECT_EQ(ValueOf(registry, "latchkey_decisions_total", {{"action", "ALLOW"}, {"lane", "stranger"}}), 1);
  EXPECT_EQ(ValueOf(registry, "latchkey_decisions_total", {{"action", "LOCKOUT"}, {"lane", "device"}}), 0)
      << "there from the start";
  EXPECT_EQ(ValueOf(registry, "latchkey_refusals_total", {{"rule", "stranger-guesses"}}), 1);
  EXPECT_EQ(ValueOf(registry, "latchkey_proven_refusals_total", {{"lane", "device"}}), 1);
  EXPECT_EQ(ValueOf(registry, "latchkey_reports_total", {{"outcome", "wrong"}}), 1);
  EXPECT_EQ(ValueOf(registry, "latchkey_path_decisions_total", {{"path", "web"}, {"result", "refused"}}), 1);
  EXPECT_EQ(
      ValueOf(registry, "latchkey_tenant_decisions_total", {{"tenant", "default"}, {"result", "allowed"}}),
      1);
  EXPECT_EQ(ValueOf(registry, "latchkey_refusals_in_force", {{"action", "THROTTLE"}}), 1);
  EXPECT_EQ(ValueOf(registry, "latchkey_stats_nodes", {}), 1);
}

TEST(DecisionMetricsTest, DurationsAreInTheBucketsThatTheyBelongTo) {
  Shown shown;
  shown.stats.latency().Add(TimedOp::kDecision, std::chrono::microseconds(25));
  shown.stats.latency().Add(TimedOp::kDecision, std::chrono::microseconds(26));
  shown.stats.latency().Add(TimedOp::kDecision, std::chrono::seconds(30));
  for (int i = 0; i < 2; ++i) shown.Update();
  for (const auto& family : shown.registry.Collect()) {
    if (family.name != "latchkey_decision_duration_seconds") continue;
    const auto& histogram = family.metric.at(0).histogram;
    EXPECT_EQ(histogram.sample_count, 3U);
    EXPECT_NEAR(histogram.sample_sum, 30.000051, 1e-9);
    for (const auto& bucket : histogram.bucket) {
      const uint64_t expected = bucket.upper_bound < 2.5e-5 ? 0 : bucket.upper_bound < 5e-5 ? 1 : 2;
      EXPECT_EQ(bucket.cumulative_count, bucket.upper_bound <= 1 ? expected : 3) << bucket.upper_bound;
    }
    return;
  }
  FAIL() << "no such metric";
}

TEST(MetricsTest, HostileInputMakesNeitherLabelsNorSeriesWithoutEnd) {
  Shown shown;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = absl::StrCat("x\"\n\\", i, std::string(60, '\xff'));
    DecisionSeen seen = Seen(Action::kChallenge);
    seen.tenant = seen.path = seen.rule = name;
    seen.account = {0, static_cast<uint64_t>(i)};
    seen.network = {static_cast<uint64_t>(i), 0};
    seen.asn = static_cast<uint32_t>(i);
    shown.stats.AddDecision(seen);
    if (i % 1000 == 0) shown.Update();
  }
  shown.Update();
  const std::set<std::string> known = {"action",   "enforced", "kind",    "lane",   "op",
                                       "outcome",  "path",     "promise", "result", "rule",
                                       "severity", "shard",    "target",  "tenant", "version"};
  size_t series = 0;
  for (const auto& family : shown.registry.Collect()) {
    size_t of_family = 0;
    for (const auto& metric : family.metric) {
      of_family += 1 + metric.histogram.bucket.size();
      for (const auto& label : metric.label) EXPECT_TRUE(known.contains(label.name)) << label.name;
    }
    EXPECT_LE(of_family, 256U) << family.name;
    series += of_family;
  }
  EXPECT_LE(series, 720U);
}

// The names in docs/metrics.md: | `name` | type | labels | …
std::map<std::string, std::pair<std::string, std::string>> Documented() {
  std::ifstream file(LATCHKEY_SOURCE_DIR "/docs/metrics.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::regex row(R"(\n\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([^|]*) \|)");
  std::map<std::string, std::pair<std::string, std::string>> rows;
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it)
    rows[(*it)[1]] = {(*it)[2], (*it)[3]};
  return rows;
}

TEST(MetricsTest, EveryMetricIsInTheDocumentationWithItsTypeAndLabelsAndNoOther) {
  Shown shown;
  shown.stats.AddDecision(Seen(Action::kThrottle));
  shown.Update();
  auto documented = Documented();
  for (const auto& family : shown.registry.Collect()) {
    ASSERT_TRUE(documented.contains(family.name)) << family.name << " is not in docs/metrics.md";
    const auto& [type, labels] = documented[family.name];
    const bool counter = family.type == prometheus::MetricType::Counter;
    const bool gauge = family.type == prometheus::MetricType::Gauge;
    EXPECT_EQ(type, counter ? "counter" : gauge ? "gauge" : "histogram") << family.name;
    EXPECT_EQ(counter, family.name.ends_with("_total")) << family.name;
    ASSERT_FALSE(family.metric.empty()) << family.name;
    for (const auto& label : family.metric.at(0).label)
      EXPECT_THAT(labels, HasSubstr(absl::StrCat("`", label.name, "`"))) << family.name;
    EXPECT_EQ(family.metric.at(0).label.empty(), labels.empty()) << family.name;
    documented.erase(family.name);
  }
  for (const auto& [name, row] : documented) ADD_FAILURE() << name << " is in docs/metrics.md alone";
}

}  // namespace
}  // namespace latchkey
