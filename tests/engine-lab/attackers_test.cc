// What each kind of attacker does, seen on a small day.
#include <gtest/gtest.h>

#include "tests/engine-lab/lived.h"

namespace latchkey::lab {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): units of time

constexpr char kOwners[] = "people: [ owners: { count: 5, logins_per_day: 2 } ]\n";

Lived Day(const std::string& attacker, const std::string& duration = "1d",
          const std::string& people = kOwners) {
  return Lived(people + "attack: [ " + attacker + " ]", duration);
}

Duration LengthOf(const Lived& lived) {
  return *lived.notes().attack.last_request - *lived.notes().attack.first_request;
}

TEST(AttackersTest, ASniperFailsAFewTimesRightBeforeTheEnd) {
  const Lived lived = Day("sniper: { start: 9m }", "10m");
  EXPECT_EQ(lived.notes().attack.requests, 5);
  EXPECT_EQ(*lived.notes().attack.first_request - lived.start(), 9min);
  EXPECT_EQ(lived.accounts()[0].guessed_at.size(), 5U);
  EXPECT_FALSE(lived.accounts()[1].attacked);
}

TEST(AttackersTest, ASaboteurKeepsItsPaceOrWaitsForTheEndOfRefusals) {
  EXPECT_NEAR(static_cast<double>(Day("saboteur: { every: 5m }").notes().attack.requests), 288, 1);
  const Lived bursts = Day("saboteur: { burst: 30, within: 500ms, every: 1h }");
  EXPECT_NEAR(static_cast<double>(bursts.notes().attack.requests), 24 * 30, 30);
  // Patience wastes fewer requests on refusals.
  const Lived patient = Day("saboteur: { every: 1m, pace: patient }");
  const Lived steady = Day("saboteur: { every: 1m }");
  EXPECT_LT(patient.notes().attack.requests, steady.notes().attack.requests / 4);
  EXPECT_GE(patient.accounts()[0].guessed_at.size() + 2, steady.accounts()[0].guessed_at.size());
}

TEST(AttackersTest, ABotnetUsesAMachineForEachTry) {
  // Every address fails once, so no address is ever refused for itself: what is refused is the account's.
  const Lived lived = Day("botnet: { addresses: 200, tries: 200, every: 1m }");
  EXPECT_EQ(lived.notes().attack.requests, 200);
  EXPECT_LE(lived.accounts()[0].guessed_at.size(), 12U) << "distinct sources ask for a CAPTCHA";
}

TEST(AttackersTest, ASprayerGoesBreadthFirst) {
  const Lived lived = Day("sprayer: { list: 2, every: 1s, addresses: 5, tries: 8 }", "1h");
  EXPECT_EQ(lived.accounts()[0].tried.size(), 2U);
  EXPECT_EQ(lived.accounts()[4].tried.size(), 1U);
}

TEST(AttackersTest, AStuffersHitsAreRightAtOnce) {
  const Lived lived = Day("stuffer: { hits: 1, every: 1s, addresses: 50, tries: 5 }", "1h");
  for (const Account& account : lived.accounts()) {
    EXPECT_TRUE(account.taken);
    EXPECT_TRUE(account.guessed_at.empty());
  }
  const Lived missed = Day("stuffer: { hits: 0, tries: 5 }", "1h");
  for (const Account& account : missed.accounts()) EXPECT_FALSE(account.taken);
}

TEST(AttackersTest, AGuesserFindsAListedPasswordInTheEnd) {
  const std::string one = "people: [ owners: { count: 1, logins_per_day: 1, forgets: 0 } ]\n";
  EXPECT_TRUE(Day("guesser: { listed: 1, list: 10, captcha: yes }", "3d", one).accounts()[0].taken);
  EXPECT_FALSE(Day("guesser: { listed: 0, list: 10, captcha: yes }", "3d", one).accounts()[0].taken);
}

TEST(AttackersTest, ABurstIsAllInFlightBeforeAnythingIsReported) {
  const Lived lived = Day("burst: { at_once: 100, every: 1d }");
  EXPECT_EQ(lived.notes().attack.requests, 100);
  EXPECT_EQ(LengthOf(lived), Duration::zero());
  EXPECT_EQ(lived.accounts()[0].guessed_at.size(), 5U);
}

TEST(AttackersTest, AThiefIsAnsweredByDeviceUntilItsBudgetIsSpent) {
  const std::string one = "people: [ owners: { count: 1, logins_per_day: 0 } ]\n";
  EXPECT_EQ(Day("thief: { every: 1m, tries: 100 }", "1d", one).notes().attack.tokens_accepted, 5);
}

TEST(AttackersTest, ForgedAndFarmedTokensProveNothing) {
  EXPECT_EQ(Day("forger: { every: 1m }").notes().attack.tokens_accepted, 0);
  EXPECT_EQ(Day("farmer: { every: 1m }").notes().attack.tokens_accepted, 0);
}

TEST(AttackersTest, ALaundererLogsInAsHimselfBetweenGuesses) {
  const Lived lived = Day("launderer: { every: 1m, after: 4, tries: 40 }");
  EXPECT_EQ(lived.notes().attack.requests, 40);
  EXPECT_TRUE(lived.accounts().back().attacked) << "his own account";
  EXPECT_FALSE(lived.accounts().back().taken) << "is not counted as taken";
}

TEST(AttackersTest, ATailgaterStartsWhenTheVictimHasLoggedIn) {
  const std::string late = "people: [ owners: { count: 1, at: 6h, last_login: 0s } ]\n";
  const Lived lived = Day("tailgater: { burst: 10 }", "1d", late);
  EXPECT_NEAR(static_cast<double>((*lived.notes().attack.first_request - lived.start()).count()),
              6 * 3'600'000, 120'000);
  EXPECT_EQ(lived.notes().attack.requests, 10);
}

TEST(AttackersTest, AFlooderInventsNamesAndLooksAtTheVictimNowAndThen) {
  const Lived lived = Day("flooder: { every: 1s, look_every: 100, tries: 1000 }", "1h");
  EXPECT_EQ(lived.notes().attack.requests, 1000);
  EXPECT_LE(lived.accounts()[0].tried.size(), 10U);
  EXPECT_GE(lived.accounts()[0].tried.size(), 5U);
}

TEST(AttackersTest, AProberComparesAnExistingAccountWithAnUnknownOne) {
  const Lived lived = Day("prober: { every: 1m }");
  EXPECT_NEAR(static_cast<double>(lived.notes().attack.oracle_pairs), 1440, 2);
  EXPECT_EQ(lived.notes().attack.oracle_differences, 0);
}

TEST(AttackersTest, AHopperSpendsOneBudgetOnAllPaths) {
  EXPECT_LE(Day("hopper: { every: 1m }").accounts()[0].guessed_at.size(), 30U);
}

TEST(AttackersTest, AMailFloodSendsOneMailInHalfAnHour) {
  const std::string one = "people: [ owners: { count: 1, logins_per_day: 0, last_login: 0s } ]\n";
  EXPECT_EQ(Day("mail_flooder: { every: 1s, guess_every: 1000 }", "2h", one).notes().mails, 4);
}

TEST(AttackersTest, APacerPaysForCaptchasOnlyWhenHeDoes) {
  EXPECT_EQ(Day("pacer: { captcha: no }").notes().attack.captchas, 0);
  EXPECT_GT(Day("pacer: { captcha: yes }").notes().attack.captchas, 0);
}

TEST(AttackersTest, AddressesAreTheVictimsHisNetworksOrNewOnes) {
  // An attacker behind the victim's own address is familiar there: he has that lane's budget too.
  const std::string one = "people: [ owners: { count: 1, logins_per_day: 0, last_login: 1d } ]\n";
  const size_t behind =
      Day("saboteur: { from: victim, every: 1m }", "1d", one).accounts()[0].guessed_at.size();
  const size_t beside =
      Day("saboteur: { from: network, every: 1m }", "1d", one).accounts()[0].guessed_at.size();
  EXPECT_EQ(behind, beside + 4);
  EXPECT_LE(Day("saboteur: { from: ipv6, every: 1m }", "1d", one).accounts()[0].guessed_at.size(), 12U);
}

}  // namespace
}  // namespace latchkey::lab
