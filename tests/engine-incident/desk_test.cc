#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/incident/incident_desk.h"
#include "engine/incident/memory_ledger.h"
#include "tests/engine-incident/findings.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class DeskTest : public ::testing::Test {
 protected:
  struct Node {
    Node(Ledger& ledger, RandomSource& random, uint64_t id, IncidentLimits limits = {})
        : node(ledger, {}, [] {}), desk(limits, id, node, book, random, nullptr) {
      node.Add(Book::kIncidents, book);
    }
    void Look(TimePoint now) {
      ASSERT_TRUE(node.Round().ok());
      desk.Keep(now);
    }
    [[nodiscard]] std::vector<Incident> All() const { return book.List({}, 100, "")->incidents; }
    IncidentBook book;
    NodeLedger node;
    IncidentDesk desk;
  };

  FakeClock clock_{kThen};
  SeededRandom random_{5};
  MemoryLedger ledger_{{}, clock_, random_};
};

TEST_F(DeskTest, ManyNodesHaveOneIncident) {
  Node a(ledger_, random_, 1);
  Node b(ledger_, random_, 2);
  a.desk.OnFinding(Sabotage(40), kThen);
  b.desk.OnFinding(Sabotage(30), kThen);
  for (int i = 0; i < 4; ++i) {  // both open one in the same moment: one of them is refused
    ASSERT_TRUE(a.node.Round().ok());
    ASSERT_TRUE(b.node.Round().ok());
    a.desk.Keep(kThen);
    b.desk.Keep(kThen);
  }
  ASSERT_EQ(a.All().size(), 1U);
  EXPECT_EQ(a.All(), b.All());
  EXPECT_EQ(a.All().front().Total().attempts, 70);
}

TEST_F(DeskTest, SilenceEndsItAndTheNextAttackIsAnotherIncident) {
  Node node(ledger_, random_, 1);
  node.Look(kThen);
  node.desk.OnFinding(Sabotage(40), kThen);
  node.Look(kThen);
  node.Look(kThen + minutes(30));
  node.Look(kThen + minutes(30));
  EXPECT_TRUE(node.All().front().goes_on());
  EXPECT_EQ(node.All().front().changes, 0) << "as it was opened";
  node.Look(kThen + minutes(30) + Duration(1));
  node.Look(kThen + minutes(31));
  EXPECT_FALSE(node.All().front().goes_on());
  EXPECT_EQ(node.All().front().state, IncidentState::kResolved);
  EXPECT_EQ(node.All().front().changes, 1);

  node.desk.OnFinding(Sabotage(40, kThen), kThen + minutes(31));  // an old word: nothing new
  node.Look(kThen + minutes(31));
  node.Look(kThen + minutes(31));
  EXPECT_EQ(node.All().size(), 1U);
  node.desk.OnFinding(Sabotage(50, kThen + minutes(32)), kThen + minutes(32));
  node.Look(kThen + minutes(32));
  node.Look(kThen + minutes(32));
  ASSERT_EQ(node.All().size(), 2U);
  EXPECT_TRUE(node.All().front().goes_on());
}

TEST_F(DeskTest, WhatIsNoNewsWaitsAndIsNotLost) {
  Node node(ledger_, random_, 1);
  node.Look(kThen);
  node.desk.OnFinding(Sabotage(40), kThen);
  node.Look(kThen);
  node.Look(kThen);
  node.desk.OnFinding(Sabotage(41), kThen);
  node.Look(kThen + seconds(1));
  node.Look(kThen + seconds(1));
  EXPECT_EQ(node.All().front().Total().attempts, 40);
  node.Look(kThen + seconds(5));
  node.Look(kThen + seconds(5));
  EXPECT_EQ(node.All().front().Total().attempts, 41);
  // News does not wait.
  node.desk.OnFinding(Sabotage(100), kThen);
  node.Look(kThen + seconds(6));
  node.Look(kThen + seconds(6));
  EXPECT_EQ(node.All().front().Total().attempts, 100);
}

TEST_F(DeskTest, KeepsTheGravestWhenTooManyWait) {
  Node node(ledger_, random_, 1, {.waiting_max = 10});
  node.Look(kThen);
  for (uint64_t i = 0; i < 100; ++i) {
    Finding finding = Sabotage(10);
    finding.subject.low = i;
    finding.severity = i == 99 ? Severity::kCritical : Severity::kLow;
    node.desk.OnFinding(finding, kThen);
  }
  EXPECT_EQ(node.desk.dropped(), 90);
  node.Look(kThen);
  node.Look(kThen);
  const std::vector<Incident> all = node.All();
  ASSERT_EQ(all.size(), 10U);
  EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                          [](const Incident& incident) { return incident.severity == Severity::kCritical; }));
}

TEST_F(DeskTest, KeepsNoMoreThanItsBoundAndForgetsTheOldest) {
  Node node(ledger_, random_, 1, {.kept_max = 3});
  for (uint64_t i = 0; i < 5; ++i) {
    const TimePoint now = kThen + minutes(60 * static_cast<int>(i));
    clock_.Set(now);
    Finding finding = Sabotage(10, now);
    finding.subject.low = i;
    node.desk.OnFinding(finding, now);
    node.Look(now);
    node.Look(now);
    node.Look(now + minutes(31));
    node.Look(now + minutes(31));
    node.Look(now + minutes(31));
  }
  const std::vector<Incident> all = node.All();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.front().subject.low, 4U);
  EXPECT_EQ(all.back().subject.low, 2U);
}

TEST_F(DeskTest, ForgetsWhatIsTooOld) {
  Node node(ledger_, random_, 1);
  node.desk.OnFinding(Sabotage(10), kThen);
  node.Look(kThen);
  node.Look(kThen);
  ASSERT_EQ(node.All().size(), 1U);
  clock_.Set(kThen + std::chrono::hours(24 * 90));
  node.Look(clock_.Now());
  EXPECT_TRUE(node.All().empty());
}

TEST_F(DeskTest, PeopleCloseWhatGoesOnAndItStaysClosed) {
  Node a(ledger_, random_, 1);
  Node b(ledger_, random_, 2);
  a.Look(kThen);
  b.Look(kThen);
  a.desk.OnFinding(Sabotage(40), kThen);
  a.Look(kThen);
  a.Look(kThen);
  b.Look(kThen);
  // Another node folds in the same moment: what people say is tried again.
  const std::string id = a.All().front().id;
  b.desk.OnFinding(Sabotage(30), kThen);
  b.desk.Keep(kThen);
  absl::StatusOr<Incident> said = absl::UnknownError("not answered");
  a.desk.Say(id, IncidentState::kFalseAlarm, "eve", "a load test", kThen,
             [&said](const absl::StatusOr<Incident>& incident) { said = incident; });
  a.Look(kThen);
  a.Look(kThen);
  ASSERT_TRUE(said.ok()) << said.status();
  a.desk.OnFinding(Sabotage(200), kThen);
  a.Look(kThen);
  a.Look(kThen);
  ASSERT_EQ(a.All().size(), 1U);
  EXPECT_EQ(a.All().front().state, IncidentState::kFalseAlarm);
  EXPECT_EQ(a.All().front().Total().attempts, 230);

  const std::vector<DetectorReport> report = a.book.Report(kThen);
  ASSERT_EQ(report.size(), 1U);
  EXPECT_EQ(report.front().false_alarms, 1);
  EXPECT_THAT(report.front().false_reasons, ::testing::ElementsAre("a load test"));

  a.desk.Say("unknown", IncidentState::kResolved, "eve", "?", kThen,
             [&said](const absl::StatusOr<Incident>& incident) { said = incident; });
  EXPECT_EQ(said.status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DeskTest, ListsByStateKindPartyAndTimeInPages) {
  Node node(ledger_, random_, 1);
  for (uint64_t i = 0; i < 5; ++i) {
    Finding finding = Sabotage(10, kThen + minutes(static_cast<int>(i)));
    finding.subject.low = i;
    finding.victims = {{{1, i}, ""}};
    finding.kind = i == 0 ? AttackKind::kPasswordSpray : AttackKind::kLockoutSabotage;
    node.desk.OnFinding(finding, kThen);
  }
  node.Look(kThen);
  node.Look(kThen);
  const auto count = [&](const IncidentFilter& filter) {
    return node.book.List(filter, 100, "")->incidents.size();
  };
  EXPECT_EQ(count({.kinds = {AttackKind::kPasswordSpray}}), 1U);
  EXPECT_EQ(count({.states = {IncidentState::kResolved}}), 0U);
  EXPECT_EQ(count({.account = NamedAccount{{1, 3}, "carol"}}), 1U);
  EXPECT_EQ(count({.account = NamedAccount{{4, 4}, "mallory"}}), 5U);  // the suspect of all
  EXPECT_EQ(count({.source = NamedSource{{}, "203.0.113.7"}}), 5U);
  EXPECT_EQ(count({.source = NamedSource{{}, "192.0.2.1"}}), 0U);
  EXPECT_EQ(count({.since = kThen + minutes(3)}), 2U);
  EXPECT_EQ(count({.until = kThen + minutes(3)}), 3U);
  EXPECT_EQ(count({.tenant = "another"}), 0U);

  std::vector<uint64_t> subjects;
  std::string token;
  do {
    const auto page = node.book.List({}, 2, token);
    ASSERT_TRUE(page.ok());
    for (const Incident& incident : page->incidents) subjects.push_back(incident.subject.low);
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_THAT(subjects, ::testing::ElementsAre(4, 3, 2, 1, 0));
  EXPECT_EQ(node.book.List({}, 2, "rubbish").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace latchkey
