// From answers and reports to findings, event by event.
#include "engine/detect/attack_watcher.h"

#include <gtest/gtest.h>

#include "engine/attempt/tokens.h"
#include "tests/engine-detect/watcher_parts.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class AttackWatcherTest : public ::testing::Test {
 protected:
  struct How {
    std::string account = "alice";
    std::string source = "203.0.113.9";
    Lane lane = Lane::kStranger;
    uint16_t tag = 7;
    std::string device_token;
    Outcome outcome = Outcome::kWrong;
    std::optional<LaneFall> fell;
  };

  Facts FactsOf(const How& how) const {
    Facts facts;
    facts.account = KeyOf(how.account);
    facts.network = KeyOf(how.source.substr(0, how.source.rfind('.')));
    facts.source = KeyOf(how.source).Short();
    facts.tenant = 5;
    facts.account_tag = how.tag;
    facts.tenant_tag = how.tag;
    return facts;
  }
  Attempt AttemptOf(const How& how) const {
    AttemptFields fields;
    fields.account = how.account;
    fields.source = how.source;
    fields.device_token = how.device_token;
    return *Attempt::Create(std::move(fields));
  }
  // Let in, and reported so.
  void Try(const How& how) {
    Decision decision;
    decision.id = next_id_ += 0x9E37'79B9'7F4A'7C15ULL >> 1U;
    decision.at = now_;
    decision.verdict.lane = how.lane;
    if (how.fell) decision.verdict.falls.push_back(*how.fell);
    const Facts facts = FactsOf(how);
    watcher_.OnDecision(AttemptOf(how), facts, decision);
    AttemptToken token;
    token.account = facts.account;
    token.network = facts.network;
    token.source = facts.source;
    token.lane = how.lane;
    token.tag = facts.account_tag;
    token.decision = decision.id;
    watcher_.OnReport(token, how.outcome, now_);
    now_ += milliseconds(400);
  }
  void LogsIn(const std::string& account, const std::string& source, Lane lane = Lane::kDevice) {
    Try({.account = account, .source = source, .lane = lane, .outcome = Outcome::kLoginComplete});
  }
  void Refused(const How& how, std::optional<LaneFall> fall = std::nullopt,
               Action action = Action::kThrottle) {
    Decision decision;
    decision.at = now_;
    decision.verdict.action = action;
    decision.verdict.lane = Lane::kStranger;
    decision.verdict.until = now_ + minutes(1);
    if (fall) decision.verdict.falls.push_back(*fall);
    watcher_.OnDecision(AttemptOf(how), FactsOf(how), decision);
    now_ += milliseconds(400);
  }

  TimePoint now_{hours(24 * 365 * 50)};
  uint64_t next_id_ = 1;
  PolicyHolder policies_{MustCompile(StorefrontSpec())};
  OpenSealer sealer_;
  Bids bids_;
  Findings findings_;
  AttackWatcher watcher_{
      {.policies = policies_, .stakes = bids_, .sealer = sealer_, .sink = findings_},
      {.accounts = 1024, .sources = 1024, .places = 1024, .notes = 1024, .show_names = true}};
};

TEST_F(AttackWatcherTest, PeopleWhoMistypeAndThenGetInAreNoFinding) {
  for (int person = 0; person < 200; ++person) {
    const std::string name = "user" + std::to_string(person);
    const std::string home = "198.51." + std::to_string(person) + ".7";
    for (int tag = 0; tag < 6; ++tag)
      Try({.account = name, .source = home, .tag = static_cast<uint16_t>(7 * person + tag)});
    LogsIn(name, home, Lane::kStranger);
  }
  watcher_.Tick(now_);
  EXPECT_TRUE(findings_.all.empty()) << findings_.all.front().text;
}

TEST_F(AttackWatcherTest, MalloryIsNamedWithinAFewTries) {
  bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + minutes(5));
  bids_.Add(KeyOf("mallory"), "mallory", "auction-17", now_ + minutes(5));
  LogsIn("alice", "198.51.100.1");
  LogsIn("mallory", "203.0.113.9");
  now_ += minutes(4);
  for (uint16_t i = 0; i < 12; ++i) Try({.tag = static_cast<uint16_t>(i % 2)});
  for (int i = 0; i < 40; ++i) Refused({});
  watcher_.Tick(now_);
  const Finding* finding = findings_.Last(AttackKind::kLockoutSabotage);
  ASSERT_NE(finding, nullptr);
  ASSERT_EQ(finding->suspects.size(), 1U);
  EXPECT_EQ(finding->suspects[0].account.name, "default/mallory");
  EXPECT_EQ(finding->victims[0].name, "default/alice");
  EXPECT_EQ(finding->sources[0].name, "203.0.113.9");
  EXPECT_EQ(finding->attempts, 52);
  EXPECT_EQ(finding->distinct_passwords, 2);
  EXPECT_LE(findings_.all.front().attempts, 8);
}

TEST_F(AttackWatcherTest, BobIsNotNamedForACafe) {
  bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + minutes(5));
  bids_.Add(KeyOf("bob"), "bob", "auction-17", now_ + minutes(5));
  for (int i = 0; i < 5; ++i) LogsIn("guest" + std::to_string(i), "203.0.113.9");
  LogsIn("bob", "203.0.113.9");
  for (int i = 0; i < 60; ++i) Refused({});
  const Finding* finding = findings_.Last(AttackKind::kLockoutSabotage);
  ASSERT_NE(finding, nullptr);
  EXPECT_TRUE(finding->suspects.empty());
}

TEST_F(AttackWatcherTest, TheRivalsBrowserNamesHimFromARentedMachine) {
  bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + minutes(5));
  bids_.Add(KeyOf("mallory"), "mallory", "auction-17", now_ + minutes(5));
  DeviceToken own;
  own.account = KeyOf("mallory");
  own.id = 9;
  const std::string token = SealToken(sealer_, own);
  for (int i = 0; i < 60; ++i) Refused({.device_token = token});
  const Finding* finding = findings_.Last(AttackKind::kLockoutSabotage);
  ASSERT_NE(finding, nullptr);
  ASSERT_EQ(finding->suspects.size(), 1U);
  EXPECT_EQ(finding->suspects[0].account.key, KeyOf("mallory"));
}

TEST_F(AttackWatcherTest, AFloodOfInventedNamesHidesNoAttackOnAnAccount) {
  bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + hours(2));
  for (int i = 0; i < 20'000; ++i) {
    const std::string number = std::to_string(i);
    Try({.account = "nobody" + number,
         .source = "100." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1",
         .tag = static_cast<uint16_t>(i % 4096),
         .outcome = Outcome::kUnknownAccount});
    now_ -= milliseconds(350);
    if (i % 250 == 0) Try({.tag = static_cast<uint16_t>(i / 250 % 2)});
  }
  EXPECT_NE(findings_.Last(AttackKind::kKeyFlood), nullptr);
  const Finding* finding = findings_.Last(AttackKind::kLockoutSabotage);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->subject, KeyOf("alice"));
}

TEST_F(AttackWatcherTest, OnePasswordOnManyAccountsIsASprayHoweverManyAddresses) {
  for (int i = 0; i < 60; ++i) {
    Try({.account = "user" + std::to_string(i), .source = "100." + std::to_string(i) + ".3.1", .tag = 99});
    Try({.account = "other" + std::to_string(i),
         .source = "101." + std::to_string(i) + ".3.1",
         .tag = static_cast<uint16_t>(1000 + i)});
  }
  const Finding* finding = findings_.Last(AttackKind::kPasswordSpray);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->subject, Key{});
  EXPECT_EQ(finding->tenant, "default");
  EXPECT_GE(finding->distinct_accounts, 20);
}

TEST_F(AttackWatcherTest, OneAccountThatRepeatsItsPasswordIsNoSpray) {
  for (int i = 0; i < 500; ++i) Try({.tag = 99});
  EXPECT_EQ(findings_.Last(AttackKind::kPasswordSpray), nullptr);
}

TEST_F(AttackWatcherTest, PairsFromElsewhereAreStuffingAndAnOfficeIsNot) {
  for (int i = 0; i < 60; ++i)
    Try({.account = "user" + std::to_string(i), .tag = static_cast<uint16_t>(1000 + i)});
  ASSERT_NE(findings_.Last(AttackKind::kCredentialStuffing), nullptr);
  const Finding& stuffing = *findings_.Last(AttackKind::kCredentialStuffing);
  EXPECT_EQ(stuffing.decisions, (ActionCounts{.allow = stuffing.attempts}));
  findings_.all.clear();
  for (int i = 0; i < 400; ++i) {
    const std::string name = "clerk" + std::to_string(i);
    if (i % 8 == 0) Try({.account = name, .source = "192.0.2.1", .tag = static_cast<uint16_t>(i)});
    LogsIn(name, "192.0.2.1", Lane::kStranger);
  }
  for (const Finding& finding : findings_.all) EXPECT_NE(finding.sources.front().name, "192.0.2.1");
}

TEST_F(AttackWatcherTest, ACopiedTokenIsSeenFromWhereItsDeviceNeverWas) {
  const LaneFall spent{.lane = Lane::kDevice, .reason = {}};
  LogsIn("alice", "198.51.100.1");
  for (int i = 0; i < 30; ++i) Try({.source = "198.51.100.1", .fell = spent});  // at home: forgotten
  for (int i = 0; i < 30; ++i) Refused({}, spent);                              // nothing was looked at
  EXPECT_EQ(findings_.Last(AttackKind::kTokenTheft), nullptr);
  for (int i = 0; i < 5; ++i) Try({.lane = Lane::kDevice, .tag = static_cast<uint16_t>(i)});
  EXPECT_EQ(findings_.Last(AttackKind::kTokenTheft), nullptr);
  for (int i = 0; i < 40; ++i) Try({.tag = static_cast<uint16_t>(i), .fell = spent});
  ASSERT_NE(findings_.Last(AttackKind::kTokenTheft), nullptr);
  const Finding& theft = *findings_.Last(AttackKind::kTokenTheft);
  EXPECT_EQ(theft.decisions, (ActionCounts{.allow = theft.attempts}));
}

TEST_F(AttackWatcherTest, LoginsOfOnesOwnBetweenGuessesAreLaundering) {
  for (int round = 0; round < 8; ++round) {
    for (uint16_t i = 0; i < 3; ++i) Try({.tag = static_cast<uint16_t>(100 * round + i)});
    LogsIn("own", "203.0.113.9", Lane::kStranger);
  }
  const Finding* finding = findings_.Last(AttackKind::kCounterLaundering);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->victims[0].name, "default/alice");
  EXPECT_TRUE(finding->suspects.empty());
}

TEST_F(AttackWatcherTest, TheSameIsToldAgainOnlyWhenItHasGrown) {
  bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + minutes(5));
  for (int i = 0; i < 60; ++i) Refused({});
  const size_t told = findings_.all.size();
  EXPECT_GT(told, 0U);
  EXPECT_LT(told, 10U);
  for (int i = 0; i < 100; ++i) watcher_.Tick(now_ += seconds(1));
  EXPECT_LE(findings_.all.size(), told + 1);
}

TEST_F(AttackWatcherTest, AFindingSaysWhatWasDecidedOnItsAttempts) {
  const auto bid = [this] {
    bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + minutes(5));
    bids_.Add(KeyOf("mallory"), "mallory", "auction-17", now_ + minutes(5));
    LogsIn("mallory", "203.0.113.9");
  };
  bid();
  for (int i = 0; i < 5; ++i) Try({});
  for (int i = 0; i < 20; ++i) Refused({}, std::nullopt, Action::kThrottle);
  for (int i = 0; i < 3; ++i) Refused({}, std::nullopt, Action::kChallenge);
  for (int i = 0; i < 2; ++i) Refused({}, std::nullopt, Action::kLockout);
  LogsIn("alice", "198.51.100.1");  // the owner's is not of the attack
  watcher_.Tick(now_ += seconds(20));
  const Finding* finding = findings_.Last(AttackKind::kLockoutSabotage);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->attempts, 30);
  EXPECT_EQ(finding->decisions, (ActionCounts{.allow = 5, .throttle = 20, .challenge = 3, .lockout = 2}));
  // Another episode counts anew.
  now_ += hours(3);
  bid();
  for (int i = 0; i < 25; ++i) Refused({}, std::nullopt, Action::kLockout);
  watcher_.Tick(now_ += seconds(20));
  EXPECT_EQ(findings_.Last(AttackKind::kLockoutSabotage)->decisions, (ActionCounts{.lockout = 25}));
}

TEST_F(AttackWatcherTest, AtHomeAnOldPasswordIsNoAttackButDifferentOnesAre) {
  bids_.Add(KeyOf("alice"), "alice", "auction-17", now_ + minutes(5));
  const LaneFall spent{.lane = Lane::kFamiliar, .reason = {}};
  for (int i = 0; i < 300; ++i) {
    Try({.fell = spent});
    Refused({}, spent);
  }
  watcher_.Tick(now_);
  EXPECT_TRUE(findings_.all.empty());
  for (int i = 0; i < 20; ++i) Try({.tag = static_cast<uint16_t>(i), .fell = spent});
  for (int i = 0; i < 20; ++i) Refused({}, spent);
  EXPECT_NE(findings_.Last(AttackKind::kLockoutSabotage), nullptr);
}

TEST_F(AttackWatcherTest, ASprayThatHitsABidderIsNoSabotage) {
  bids_.Add(KeyOf("user0"), "user0", "auction-17", now_ + hours(2));
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 60; ++i)
      Try({.account = "user" + std::to_string(i), .tag = static_cast<uint16_t>(500 + round)});
  }
  EXPECT_NE(findings_.Last(AttackKind::kPasswordSpray), nullptr);
  EXPECT_EQ(findings_.Last(AttackKind::kLockoutSabotage), nullptr);
}

}  // namespace
}  // namespace latchkey
