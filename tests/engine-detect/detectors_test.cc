// Each detector on both sides of where it speaks.
#include <gtest/gtest.h>

#include "engine/detect/counter_laundering.h"
#include "engine/detect/credential_stuffing.h"
#include "engine/detect/distributed_guessing.h"
#include "engine/detect/key_flood.h"
#include "engine/detect/lockout_sabotage.h"
#include "engine/detect/low_and_slow.h"
#include "engine/detect/password_spray.h"
#include "engine/detect/targeted_guessing.h"
#include "engine/detect/token_theft.h"
#include "tests/engine-detect/activity.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Activity Of(const AccountTally& tally) {
  Activity activity;
  activity.now = kNow;
  activity.tenant = "default";
  activity.account = &tally;
  activity.account_name = {tally.key, "default/alice"};
  return activity;
}

std::optional<Finding> Sabotage(const Activity& activity) {
  return LockoutSabotage({}, {}).Evaluate(activity);
}

TEST(LockoutSabotageTest, SaysTheSentenceOfTheStory) {
  const AccountTally tally = TriesOnAlice(143, 0, 2);
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", seconds(55), hours(2))};
  activity.links = {AtHisAddress(kMallory, minutes(4))};
  activity.links[0].account.name = "default/mallory";
  const std::optional<Finding> finding = Sabotage(activity);
  ASSERT_TRUE(finding.has_value());
  EXPECT_EQ(finding->text,
            "143 failed or refused tries on default/alice, 2 distinct passwords, from 1 address; "
            "default/mallory logged in from the same address 4 min ago; both have something at stake in "
            "auction-17; auction-17 ends in 55 s");
  EXPECT_EQ(finding->severity, Severity::kCritical);
  EXPECT_EQ(finding->subject, kAlice);
  EXPECT_EQ(finding->workflows, std::vector<std::string>{"auction-17"});
  ASSERT_EQ(finding->suspects.size(), 1U);
}

TEST(LockoutSabotageTest, TheTermsAddUpToTheConfidence) {
  const AccountTally tally = TriesOnAlice(30, 10, 2);
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", minutes(30), hours(2))};
  const std::optional<Finding> finding = Sabotage(activity);
  ASSERT_TRUE(finding.has_value());
  double log_odds = 0;
  for (const EvidenceTerm& term : finding->evidence) log_odds += term.weight;
  EXPECT_NEAR(1 / (1 + std::exp(-log_odds)), finding->confidence, 1e-9);
  EXPECT_TRUE(finding->suspects.empty());
}

TEST(LockoutSabotageTest, ARivalCloseByMakesAFewTriesEnough) {
  const AccountTally few = TriesOnAlice(5, 0, 5, seconds(20));
  Activity activity = Of(few);
  activity.stakes = {BidIn("auction-17", seconds(55), hours(2))};
  EXPECT_FALSE(Sabotage(activity).has_value());
  activity.links = {AtHisAddress(kMallory, minutes(4))};
  EXPECT_TRUE(Sabotage(activity).has_value());
  const AccountTally fewer = TriesOnAlice(2, 0, 2, seconds(20));
  activity.account = &fewer;
  EXPECT_FALSE(Sabotage(activity).has_value());
}

TEST(LockoutSabotageTest, AForgottenPasswordIsNone) {
  // StopGuessing's people try a dozen before they reset it; with a bid that ends in minutes.
  const AccountTally tally = TriesOnAlice(12, 0, 9);
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", minutes(5), hours(2))};
  EXPECT_FALSE(Sabotage(activity).has_value());
}

TEST(LockoutSabotageTest, AStuckClientIsNone) {
  const AccountTally tally = TriesOnAlice(500, 0, 1, hours(20));
  EXPECT_FALSE(Sabotage(Of(tally)).has_value());
}

TEST(LockoutSabotageTest, WhoPaysForChallengesWantsToGetIn) {
  AccountTally tally = TriesOnAlice(40, 100, 40, hours(20));
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", hours(5), hours(30))};
  EXPECT_TRUE(Sabotage(activity).has_value());
  tally.solved = 30;
  tally.popular = 20;
  EXPECT_FALSE(Sabotage(activity).has_value());
}

TEST(LockoutSabotageTest, SeveralVictimsInOneAuctionAreSeenAfterAFewTriesEach) {
  const AccountTally tally = TriesOnAlice(5, 0, 5, seconds(20));
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", minutes(50), minutes(20))};
  EXPECT_FALSE(Sabotage(activity).has_value());
  activity.victims_in_workflow = 10;
  EXPECT_TRUE(Sabotage(activity).has_value());
}

TEST(LockoutSabotageTest, InALargeAuctionSomeAreAlwaysFailedOn) {
  const AccountTally tally = TriesOnAlice(10, 0, 8, minutes(5));
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", hours(5), hours(30))};
  activity.victims_in_workflow = 30;
  activity.stakes_in_workflow = 30'000;
  EXPECT_FALSE(Sabotage(activity).has_value());
  activity.victims_in_workflow = 60;
  EXPECT_TRUE(Sabotage(activity).has_value()) << "more than ordinary";
  activity.victims_in_workflow = 30;
  activity.stakes_in_workflow = 300;
  EXPECT_TRUE(Sabotage(activity).has_value()) << "a small one";
}

TEST(LockoutSabotageTest, AStakeAloneMakesNoSabotageOfAForgottenPassword) {
  const AccountTally tally = TriesOnAlice(22, 0, 10, minutes(40));
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", hours(100), hours(30))};
  EXPECT_FALSE(Sabotage(activity).has_value());
}

TEST(LockoutSabotageTest, AnAddressThatFailsOnEverybodyIsNotAimedAtABid) {
  const AccountTally tally = TriesOnAlice(20, 0, 15);
  Activity activity = Of(tally);
  activity.stakes = {BidIn("auction-17", minutes(5), hours(2))};
  EXPECT_TRUE(Sabotage(activity).has_value());
  activity.accounts_of_source = 40;
  EXPECT_FALSE(Sabotage(activity).has_value());
}

TEST(TargetedGuessingTest, SpeaksFromTwentyDifferentPasswordsOn) {
  const TargetedGuessing detector({.passwords = 20});
  EXPECT_FALSE(detector.Evaluate(Of(TriesOnAlice(17, 0, 17))).has_value());
  EXPECT_FALSE(detector.Evaluate(Of(TriesOnAlice(200, 0, 1))).has_value());
  const AccountTally enough = TriesOnAlice(25, 0, 25);
  EXPECT_TRUE(detector.Evaluate(Of(enough)).has_value());
  AccountTally untagged = TriesOnAlice(20, 0, 0);
  untagged.tagged = 0;
  EXPECT_TRUE(detector.Evaluate(Of(untagged)).has_value());
}

TEST(TargetedGuessingTest, CallsPasswordsDifferentOnlyWhereTagsTellThemApart) {
  const TargetedGuessing detector({.passwords = 20});
  const AccountTally tagged = TriesOnAlice(25, 0, 25);
  EXPECT_NE(detector.Evaluate(Of(tagged))->text.find("different passwords failed"), std::string::npos);
  AccountTally untagged = TriesOnAlice(20, 0, 0, hours(1), 1);
  untagged.tagged = 0;
  const std::string text = detector.Evaluate(Of(untagged))->text;
  EXPECT_EQ(text.find("different"), std::string::npos) << text;
  EXPECT_NE(text.find("20 passwords failed"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("from 1 address")) << text;
}

TEST(DistributedGuessingTest, SpeaksOfManySourcesNotOfManyTries) {
  const DistributedGuessing detector({.sources = 24});
  const AccountTally one = TriesOnAlice(100, 100, 100, hours(1), 3);
  EXPECT_FALSE(detector.Evaluate(Of(one)).has_value());
  const AccountTally many = TriesOnAlice(30, 0, 30, hours(1), 30);
  EXPECT_TRUE(detector.Evaluate(Of(many)).has_value());
}

TEST(LowAndSlowTest, WantsDaysAndPasswords) {
  const LowAndSlow detector({.days = 4, .passwords = 60});
  AccountTally tally = TriesOnAlice(10, 0, 10);
  for (uint64_t i = 0; i < 80; ++i) tally.slow_passwords.Add(Spread(i));
  tally.slow_failures = 80;
  tally.days = 0b111;
  EXPECT_FALSE(detector.Evaluate(Of(tally)).has_value());
  tally.days = 0b1011'0001;
  EXPECT_TRUE(detector.Evaluate(Of(tally)).has_value());
  tally.slow_passwords.Clear();  // the same old one every day: a stuck client
  tally.slow_passwords.Add(1);
  EXPECT_FALSE(detector.Evaluate(Of(tally)).has_value());
}

TEST(TokenTheftTest, NeedsFewerFailuresWhileTheOwnerIsElsewhere) {
  const TokenTheft detector({.failures = 32});
  AccountTally tally;
  tally.key = kAlice;
  tally.token_failures = 31;
  EXPECT_FALSE(detector.Evaluate(Of(tally)).has_value());
  tally.token_failures = 32;
  EXPECT_TRUE(detector.Evaluate(Of(tally)).has_value());
  tally.token_failures = 26;
  EXPECT_FALSE(detector.Evaluate(Of(tally)).has_value());
  tally.token_elsewhere = 1;
  EXPECT_TRUE(detector.Evaluate(Of(tally)).has_value());
  tally.token_failures = 25;
  EXPECT_FALSE(detector.Evaluate(Of(tally)).has_value());
}

SourceTally Failing(uint64_t accounts, uint32_t tries, uint64_t passwords, int64_t residents) {
  SourceTally source;
  source.key = {7, 7};
  source.first = kNow - minutes(10);
  source.last = kNow;
  source.tries = source.failures = source.tagged = tries;
  for (uint64_t i = 0; i < accounts; ++i) source.accounts.Add(Spread(i));
  for (uint64_t i = 0; i < passwords; ++i) source.passwords.Add(Spread(i));
  source.residents = residents;
  return source;
}

bool Stuffed(const SourceTally& source) {
  const TenantTally tenant;
  Activity activity;
  activity.now = kNow;
  activity.tenant_wide = &tenant;
  activity.busiest = {&source, 1};
  return CredentialStuffing({}).Evaluate(activity).has_value();
}

TEST(CredentialStuffingTest, TellsPairsFromAnOfficeASprayAndAGuesser) {
  EXPECT_TRUE(Stuffed(Failing(60, 60, 60, 0)));
  EXPECT_FALSE(Stuffed(Failing(15, 15, 15, 0)));     // too few accounts
  EXPECT_FALSE(Stuffed(Failing(60, 60, 60, 1000)));  // an office: most of those there get in
  EXPECT_FALSE(Stuffed(Failing(60, 60, 2, 0)));      // two passwords: a spray
  EXPECT_FALSE(Stuffed(Failing(60, 600, 200, 0)));   // ten tries each: guesses
}

std::optional<Finding> Sprayed(const TenantTally& tenant) {
  Activity activity;
  activity.now = kNow;
  activity.tenant_wide = &tenant;
  return PasswordSpray({}).Evaluate(activity);
}

TEST(PasswordSprayTest, TellsAPasswordOfTodayFromOneThatIsAlwaysPopular) {
  TenantTally tenant;
  tenant.tag_accounts = 100;
  tenant.day_passwords = 300;
  EXPECT_TRUE(Sprayed(tenant).has_value());
  tenant.tag_accounts = 19;
  EXPECT_FALSE(Sprayed(tenant).has_value());
  tenant.tag_accounts = 100;
  tenant.day_passwords = 100'000;  // a thousandth of all: people do this
  EXPECT_FALSE(Sprayed(tenant).has_value());
  tenant.day_passwords = 300;
  tenant.day_passwords_yesterday = 300;
  tenant.tag_yesterday = 90;
  EXPECT_FALSE(Sprayed(tenant).has_value());
  tenant.tag_yesterday = 10;
  EXPECT_TRUE(Sprayed(tenant).has_value());
}

TEST(CounterLaunderingTest, WantsLoginsBetweenFailuresOnOthers) {
  SourceTally source = Failing(1, 12, 12, 1);
  Activity activity;
  activity.now = kNow;
  activity.source = &source;
  source.between = 12;
  source.alternations = 2;
  EXPECT_FALSE(CounterLaundering({}).Evaluate(activity).has_value());
  source.alternations = 3;
  EXPECT_TRUE(CounterLaundering({}).Evaluate(activity).has_value());
  source.between = 11;
  EXPECT_FALSE(CounterLaundering({}).Evaluate(activity).has_value());
}

TEST(KeyFloodTest, WantsNamesThatNobodyHas) {
  TenantTally tenant;
  tenant.tries = 1200;
  tenant.failures = 1000;
  tenant.unknown = 950;
  tenant.names = 1100;
  Activity activity;
  activity.now = kNow;
  activity.tenant_wide = &tenant;
  EXPECT_TRUE(KeyFlood({}).Evaluate(activity).has_value());
  tenant.unknown = 800;
  EXPECT_FALSE(KeyFlood({}).Evaluate(activity).has_value());
  tenant.unknown = 950;
  tenant.names = 999;
  EXPECT_FALSE(KeyFlood({}).Evaluate(activity).has_value());
  tenant.names = 1100;
  tenant.tries = 9000;  // the same names again and again: a client gone wild
  EXPECT_FALSE(KeyFlood({}).Evaluate(activity).has_value());
}

TEST(AttackNameTest, EveryAttackHasAnIdThatIsFoundAgainAndNumbersOfTheCatalogues) {
  for (int number = 1; number <= kAttackKinds; ++number) {
    const auto kind = static_cast<AttackKind>(number);
    const AttackName& name = NameOf(kind);
    EXPECT_EQ(name.kind, kind);
    EXPECT_EQ(AttackKindOf(name.id), kind);
    EXPECT_EQ(name.attack.substr(0, 1), "T");
    EXPECT_EQ(name.capec.substr(0, 6), "CAPEC-");
    EXPECT_EQ(name.cwe.substr(0, 4), "CWE-");
    EXPECT_FALSE(name.text.empty());
  }
  EXPECT_EQ(AttackKindOf("bad-luck"), std::nullopt);
  EXPECT_EQ(SeverityName(Severity::kCritical), "critical");
}

}  // namespace
}  // namespace latchkey
