#include "engine/stats/decision_stats.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kNow{hours(24 * 365 * 50)};
constexpr auto kMinute = TimeBuckets::kResolutions[1];

DecisionSeen Refusal(uint64_t account = 1, uint64_t id = 1) {
  return {.decision_id = id,
          .at = kNow,
          .action = Action::kThrottle,
          .until = kNow + minutes(5),
          .rule = "stranger-guesses",
          .tenant = "default",
          .path = "web",
          .account = Key{0, account},
          .network = Key{7, 0},
          .source = 9,
          .asn = 64500};
}

Counts All(const DecisionStats& stats) { return stats.Sum(kMinute, kNow - hours(1), kNow + hours(1)); }

TEST(DecisionStatsTest, WhatWasAddedIsThereOnceItIsCollected) {
  DecisionStats stats({});
  stats.AddDecision(Refusal());
  EXPECT_EQ(All(stats).All(), 0);
  stats.Collect(kNow);
  stats.Collect(kNow + seconds(1));
  const Counts counts = All(stats);
  EXPECT_EQ(counts.All(), 1);
  EXPECT_EQ(counts.rules.at(stats.rules().Intern("stranger-guesses")), 1);
  EXPECT_EQ(counts.tenants.at(stats.tenants().Intern("default")), (Counts::Share{1, 1}));
  EXPECT_EQ(counts.paths.at(stats.paths().Intern("web")), (Counts::Share{1, 1}));
  EXPECT_EQ(stats.Own(), counts);
}

TEST(DecisionStatsTest, NamesAreKeptOnlyWhereTheyAreShown) {
  DecisionStats shown({.keep_names = true});
  DecisionStats hidden({});
  const DecisionNames names{"default/alice", "192.0.2.7", "192.0.2.0/24"};
  for (DecisionStats* stats : {&shown, &hidden}) {
    stats->AddDecision(Refusal(), &names);
    stats->Collect(kNow);
  }
  EXPECT_EQ(shown.Top(TopKind::kAccount, kNow).entries.at(0).name, "default/alice");
  EXPECT_EQ(shown.Top(TopKind::kSource, kNow).entries.at(0).name, "192.0.2.7");
  EXPECT_EQ(shown.Top(TopKind::kNetwork, kNow).entries.at(0).name, "192.0.2.0/24");
  EXPECT_EQ(shown.Refusals(kNow).at(0).name, "default/alice");
  EXPECT_EQ(hidden.Top(TopKind::kAccount, kNow).entries.at(0).name, "");
  EXPECT_EQ(hidden.Top(TopKind::kSource, kNow).entries.at(0).name, "");
}

TEST(DecisionStatsTest, AccountsSourcesNetworksAndSystemsAreRanked) {
  DecisionStats stats({});
  for (int i = 0; i < 3; ++i) stats.AddDecision(Refusal(1));
  stats.AddDecision(Refusal(2));
  stats.AddOutcome(Outcome::kWrong, Key{0, 2}, Key{7, 0}, 9);
  stats.AddOutcome(Outcome::kRight, Key{0, 2}, Key{7, 0}, 9);
  stats.Collect(kNow);
  const TopList accounts = stats.Top(TopKind::kAccount, kNow);
  ASSERT_EQ(accounts.entries.size(), 2U);
  EXPECT_EQ(accounts.entries[0].key, (Key{0, 1}));
  EXPECT_EQ(accounts.entries[1].hits, 2);
  EXPECT_EQ(accounts.entries[1].failures, 1);
  EXPECT_EQ(accounts.unlisted_max, 0);
  EXPECT_EQ(stats.Top(TopKind::kSource, kNow).entries.at(0).key, (Key{7, 9}));
  EXPECT_EQ(stats.Top(TopKind::kNetwork, kNow).entries.at(0).hits, 5);
  EXPECT_EQ(stats.Top(TopKind::kAsn, kNow).entries.at(0).key, AsnKey(64500));
}

TEST(DecisionStatsTest, ARefusalIsListedUnderWhatItIsAboutAndAProvisionalOneNot) {
  DecisionStats stats({});
  stats.AddDecision(Refusal());
  DecisionSeen of_source = Refusal();
  of_source.scope = Scope::kSource;
  stats.AddDecision(of_source);
  DecisionSeen soon_over = Refusal(77);
  soon_over.provisional = true;
  stats.AddDecision(soon_over);
  stats.Collect(kNow);
  const auto refusals = stats.Refusals(kNow);
  ASSERT_EQ(refusals.size(), 2U);
  EXPECT_EQ(refusals[0].subject, (Key{0, 1}));
  EXPECT_EQ(refusals[1].subject, (Key{7, 9}));
  EXPECT_EQ(refusals[1].until, kNow + minutes(5));
}

TEST(DecisionStatsTest, AWatcherReadsOnWhereItWasAndIsToldWhatItMissed) {
  DecisionStats stats({.latest_max = 4});
  int woken = 0;
  const auto watching = stats.Watch([&] { ++woken; });
  const uint64_t start = stats.LastPosition();
  for (uint64_t i = 1; i <= 6; ++i) stats.AddDecision(Refusal(i));
  EXPECT_EQ(woken, 0) << "not on the way of a decision";
  stats.Collect(kNow);
  stats.Collect(kNow);
  EXPECT_EQ(woken, 1) << "only when there is something to read";
  const auto page = stats.ReadAfter(start, 2);
  EXPECT_EQ(page.missed, 2U);
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].account, (Key{0, 3}));
  EXPECT_EQ(page.items[0].rule, "stranger-guesses");
  const auto rest = stats.ReadAfter(page.position, 100);
  EXPECT_EQ(rest.missed, 0U);
  EXPECT_EQ(rest.items.size(), 2U);
  EXPECT_TRUE(stats.ReadAfter(rest.position, 100).items.empty());
}

TEST(DecisionStatsTest, ANotebookThatIsFullCostsListsTheirExactnessAndCountsNothing) {
  DecisionStats stats({.notes_max = 8});
  DecisionSeen allowed = Refusal();
  allowed.action = Action::kAllow;
  allowed.rule = "";
  for (int i = 0; i < 100; ++i) stats.AddDecision(allowed);
  for (uint64_t i = 0; i < 20; ++i) stats.AddDecision(Refusal(i + 1));
  stats.Collect(kNow);
  EXPECT_EQ(All(stats).All(), 120);
  EXPECT_EQ(All(stats).Refused(), 20);
  EXPECT_EQ(stats.NotesMissed(), 112);
  const TopList top = stats.Top(TopKind::kAccount, kNow);
  EXPECT_EQ(top.entries.size(), 4U) << "half of the notebook is for hits";
  EXPECT_EQ(top.unlisted_max, 16) << "whoever is missing has at most all hits that were missed";
  EXPECT_EQ(top.entries[0].hits - top.entries[0].error, 1);
  stats.AddDecision(Refusal());
  stats.Collect(kNow);
  const auto page = stats.ReadAfter(0, 100);
  ASSERT_EQ(page.items.size(), 9U);
  EXPECT_EQ(page.items.back().lost_before, 112U);
}

TEST(DecisionStatsTest, HostileNamesAreCountedTogether) {
  DecisionStats stats({});
  for (int i = 0; i < 5000; ++i) {
    const std::string name = "x" + std::to_string(i);
    DecisionSeen seen = Refusal();
    seen.rule = seen.tenant = seen.path = name;
    stats.AddDecision(seen);
  }
  stats.Collect(kNow);
  const Counts counts = All(stats);
  EXPECT_EQ(counts.rules.size(), 256U);
  EXPECT_EQ(counts.tenants.size(), 65U);
  EXPECT_EQ(counts.paths.size(), 33U);
  EXPECT_EQ(counts.paths.at(NameTable::kOther).decisions, 5000 - 32);
}

TEST(DecisionStatsTest, ManyThreadsAddAndRead) {
  DecisionStats stats({});
  std::atomic<bool> done{false};
  std::thread collector([&] {
    while (!done) stats.Collect(kNow);
  });
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        stats.AddDecision(Refusal(t));
        stats.AddOutcome(Outcome::kWrong, Key{0, t}, Key{7, 0}, 9);
        static_cast<void>(stats.Top(TopKind::kAccount, kNow));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  collector.join();
  stats.Collect(kNow);
  EXPECT_EQ(All(stats).All(), 2000);
  EXPECT_EQ(stats.Top(TopKind::kSource, kNow).entries.at(0).hits, 4000);
}

}  // namespace
}  // namespace latchkey
