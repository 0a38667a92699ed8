// weakforced, a cache keyed by whatever clients send: 238 MB in ten seconds of unique device names, never
// freed.
#include <gtest/gtest.h>

#include <string>

#include "engine/assess/node_counters.h"
#include "engine/signal/record_codec.h"
#include "tests/support/engine_rig.h"

namespace latchkey {
namespace {

constexpr const char* kByAsn = R"(version: 1
name: by-asn
bounds: { 24h: 100 }
accept_risk: [P2]
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [15 per 24h] }
  stranger:   { failures: [25 per 24h] }
rules:
  - id: asn
    count: attempts
    by: [asn]
    from: [stranger]
    limits: [ { above: 3, in: 10m, then: challenge } ]
)";

TEST(UnboundedCachesTest, CountersOfTheNodeAreBoundedAndOverflowOnlyOvercounts) {
  const std::shared_ptr<const Policy> policy = PolicyOf(kByAsn);
  NodeCounters counters;
  Facts facts{.tenant = 1};
  const TimePoint now(std::chrono::hours(1000));
  auto lane_of = [&](uint32_t asn) {
    facts.asn = asn;
    return PlanLane(*policy, facts, {}, Lane::kStranger);
  };
  auto entries_of = [&](uint32_t asn) {
    PlannedLane lane = lane_of(asn);
    counters.Read(facts, lane, now);
    size_t entries = 0;
    for (const PlannedStep& step : lane.steps) entries += step.node_entries.size();
    return entries;
  };
  for (int i = 0; i < 3; ++i) counters.Charge(facts, lane_of(1), now);
  const uint32_t flood = NodeCounters::kSeriesMaxOnNode + 20'000;
  for (uint32_t asn = 2; asn < flood; ++asn) counters.Charge(facts, lane_of(asn), now);
  EXPECT_LE(counters.size(), NodeCounters::kSeriesMaxOnNode + 1);
  EXPECT_EQ(entries_of(1), 3U) << "a flood forgets nobody";
  EXPECT_GE(entries_of(flood + 1), 1U) << "a newcomer meets the crowd's count";
  // When the window has passed there is room again.
  counters.Charge(facts, lane_of(1), now + std::chrono::hours(1));
  EXPECT_LE(counters.size(), 2U);
}

TEST(UnboundedCachesTest, TheJournalKeepsItsNewestDecisionsAndNoMore) {
  RigOptions options;
  options.settings.journal_capacity = 100;
  EngineRig rig(options);
  AttemptFields fields;
  fields.source = "203.0.113.9";
  for (int i = 0; i < 1000; ++i) {
    fields.account = "user" + std::to_string(i);
    fields.device_token = "device " + std::to_string(i);
    (void)rig.Assess(fields);
  }
  EXPECT_EQ(rig.assessor().journal().All().size(), 100U);
}

// What an account is sent, however different each time, keeps its record within its bound.
TEST(UnboundedCachesTest, ARecordStaysWithinItsBytes) {
  EngineRig rig;
  SeededRandom random(1);
  AttemptFields fields;
  fields.account = "victim";
  for (int i = 0; i < 20'000; ++i) {
    rig.clock().Advance(std::chrono::seconds(random.Next() % 600));
    fields.source =
        "10." + std::to_string(random.Next() % 200) + "." + std::to_string(random.Next() % 200) + ".1";
    fields.device_token = "device " + std::to_string(random.Next());
    fields.account_tag = static_cast<uint16_t>(random.Next());
    const Decision decision =
        rig.Try(fields, random.Next() % 5 == 0 ? Outcome::kLoginComplete : Outcome::kWrong);
    (void)decision;
  }
  EXPECT_LE(EncodeRecord(rig.Records(fields).account).size(), rig.policy()->record_bytes_max());
}

}  // namespace
}  // namespace latchkey
