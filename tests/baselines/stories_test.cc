// The heart of each baseline: what it is known for, played on the real engine.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/baselines/attack.h"

namespace latchkey {
namespace {

constexpr char kHome[] = "198.51.100.7";
constexpr Duration kDay = 24h;

std::string Address(int number) { return absl::StrCat("203.0.", number / 250, ".", 1 + number % 250); }

// Wrong passwords, one each minute; answers how many were admitted.
int Fail(EngineRig& rig, const AttemptFields& fields, int times, Duration pause = 1min) {
  int admitted = 0;
  for (int i = 0; i < times; ++i) {
    if (rig.Try(fields, Outcome::kWrong).verdict.action == Action::kAllow) ++admitted;
    rig.clock().Advance(pause);
  }
  return admitted;
}

TEST(FiveStrikesTest, FiveRequestsInAnAuctionsLastMinuteKeepTheOwnerFromHisBid) {
  Siege siege("five-strikes");
  EXPECT_EQ(Fail(siege.rig(), AttemptFrom("203.0.113.66"), 5, 1s), 5);
  EXPECT_NE(siege.OnDevice(), Action::kAllow);
}

TEST(KeycloakPermanentTest, ThirtyFailuresCloseTheAccountForTheOwnersKnownDevice) {
  Siege siege("keycloak-permanent");
  Fail(siege.rig(), AttemptFrom("203.0.113.66"), 29);
  EXPECT_EQ(siege.OnDevice(), Action::kAllow);
  Fail(siege.rig(), AttemptFrom("203.0.113.66"), 1, 5min);
  EXPECT_EQ(siege.OnDevice(), Action::kLockout);
  siege.rig().clock().Advance(365 * kDay);
  EXPECT_EQ(siege.OnDevice(), Action::kLockout);
}

TEST(NistLiteralTest, ASuccessBeginsTheHundredAnew) {
  Siege siege("nist-literal");
  Fail(siege.rig(), AttemptFrom("203.0.113.66"), 99);
  siege.rig().Try(AttemptFrom(kHome), Outcome::kLoginComplete);
  EXPECT_EQ(Fail(siege.rig(), AttemptFrom("203.0.113.66"), 200), 100);
  EXPECT_EQ(siege.OnDevice(), Action::kLockout);
}

TEST(CognitoTest, WhoRestsWhenTheLockGetsLongGuessesNineHundredTimesADay) {
  Siege siege("cognito");
  EngineRig& rig = siege.rig();
  int64_t guesses = 0;
  for (const TimePoint end = rig.now() + kDay; rig.now() < end; rig.clock().Advance(15min)) {
    for (int burst = 0; burst < 12;) {
      const Decision decision = rig.Try(AttemptFrom("203.0.113.66"), Outcome::kWrong);
      if (decision.verdict.action == Action::kAllow)
        ++burst, ++guesses;
      else
        rig.clock().Set(*decision.verdict.until);
    }
  }
  EXPECT_NEAR(static_cast<double>(guesses), 905, 12);
}

TEST(KeycloakTemporaryTest, TwelveQuietHoursForgetWhatWasTried) {
  Siege siege("keycloak-temporary");
  siege.Greedy(kDay);
  EXPECT_EQ(siege.OnDevice(), Action::kThrottle);
  siege.rig().clock().Advance(12h);
  EXPECT_EQ(Fail(siege.rig(), AttemptFrom("203.0.113.66"), 40, 1ms), 30);
}

TEST(AdfsSmartLockoutTest, FortyEightRequestsADayStarveUnknownLocationsAndNotTheFamiliarOne) {
  Siege siege("adfs-smart-lockout");
  siege.Greedy(1h);
  siege.Measure();
  EXPECT_EQ(siege.Greedy(kDay), 48);
  EXPECT_GT(siege.refused().from_anywhere, 0.99);
  EXPECT_EQ(siege.refused().from_home, 0);
}

TEST(EntraLikeTest, TheFirstFailureAfterALockLocksForTwiceAsLong) {
  Siege siege("entra-like");
  const AttemptFields attempt = AttemptFrom("203.0.113.66");
  Fail(siege.rig(), attempt, 10, 1ms);
  siege.rig().clock().Advance(10min);
  EXPECT_EQ(Fail(siege.rig(), attempt, 1, 1ms), 1);
  siege.rig().clock().Advance(2min - 2ms);
  EXPECT_EQ(siege.FromAnywhere(), Action::kThrottle);
  siege.rig().clock().Advance(1ms);
  EXPECT_EQ(siege.FromAnywhere(), Action::kAllow);
}

TEST(Auth0Test, EachAddressBringsTenGuessesAndCannotKeepTheOwnerOutElsewhere) {
  Siege siege("auth0");
  int64_t guesses = 0;
  for (int i = 0; i < 3; ++i) guesses += siege.Greedy(1h, Address(i));
  EXPECT_EQ(guesses, 30);
  EXPECT_EQ(siege.OnDevice(), Action::kAllow);
  EXPECT_EQ(siege.FromHome(), Action::kAllow);
}

TEST(Auth0Test, ANeighbourClosesTheSharedAddressForAMonth) {
  Siege siege("auth0");
  EXPECT_EQ(siege.Greedy(1h, kHome), 20) << "ten as a familiar address, ten as any other";
  siege.rig().clock().Advance(28 * kDay);
  EXPECT_NE(siege.FromHome(), Action::kAllow);
  siege.rig().clock().Advance(2 * kDay);
  EXPECT_EQ(siege.FromHome(), Action::kAllow);
}

TEST(OktaTest, TenLocksInARowAreForGoodUnlessUnknownDevicesAreCountedApart) {
  for (const auto& [baseline, device] :
       {std::pair{"okta", Action::kLockout}, std::pair{"okta-unknown-devices", Action::kAllow}}) {
    Siege siege(baseline);
    EXPECT_EQ(siege.Greedy(10 * kDay), 100);
    siege.rig().clock().Advance(100 * kDay);
    EXPECT_EQ(siege.OnDevice(), device) << baseline;
    EXPECT_EQ(siege.FromAnywhere(), Action::kLockout) << baseline;
  }
}

TEST(Fail2banTest, FiveTypingErrorsInAnOfficeCloseTheDoorForTheWholeOffice) {
  Siege siege("fail2ban");
  AttemptFields colleague = AttemptFrom(kHome);
  colleague.account = "colleague";
  EXPECT_EQ(Fail(siege.rig(), colleague, 5, 10s), 5);
  EXPECT_NE(siege.OnDevice(), Action::kAllow);
  EXPECT_EQ(siege.FromAnywhere(), Action::kAllow);
}

TEST(DjangoAxesTest, ThreeTypingErrorsInAYearCloseAnAddressForGood) {
  Siege siege("django-axes");
  AttemptFields colleague = AttemptFrom(kHome);
  colleague.account = "colleague";
  EXPECT_EQ(Fail(siege.rig(), colleague, 3, 100 * kDay), 3);
  EXPECT_NE(siege.OnDevice(), Action::kAllow);
}

TEST(RateLimiterFlexibleTest, FiftyRequestsFromFiveAddressesSpareOnlyKnownDevices) {
  Siege siege("rate-limiter-flexible");
  int64_t admitted = 0;
  for (int i = 0; i < 12; ++i) admitted += siege.Greedy(10min, Address(i));
  EXPECT_EQ(admitted, 50);
  siege.rig().clock().Advance(29 * kDay);
  EXPECT_EQ(siege.FromAnywhere(), Action::kLockout);
  EXPECT_EQ(siege.OnDevice(), Action::kAllow);
}

TEST(OwaspDeviceCookiesTest, ALinkInTheMailOpensTheDoorWhileStrangersAreLocked) {
  Siege siege("owasp-device-cookies");
  siege.Greedy(kDay);
  EXPECT_EQ(siege.FromAnywhere(), Action::kLockout);
  AttemptFields recovered = AttemptFrom("192.0.2.44");
  recovered.recovery_token = siege.rig().Confirm("victim").recovery_token;
  EXPECT_EQ(siege.rig().Try(recovered, Outcome::kLoginComplete).verdict.action, Action::kAllow);
}

TEST(PgrpTest, NobodyIsLockedOutAndNothingButCaptchasBoundsGuesses) {
  Siege siege("pgrp");
  EngineRig& rig = siege.rig();
  Decision decision = rig.Assess(AttemptFrom(Address(0)));
  for (int i = 0; i < 1000; ++i) {
    AttemptFields attempt = AttemptFrom(Address(i));
    rig.clock().Advance(36s);  // what solving one takes
    decision = rig.Try(attempt, Outcome::kWrong);
    if (decision.verdict.action == Action::kAllow) continue;
    ASSERT_NE(decision.verdict.action, Action::kLockout);
    ASSERT_FALSE(decision.challenge_id.empty());
    attempt.challenge_proof = ChallengeProof{decision.challenge_id, true};
    ASSERT_EQ(rig.Try(attempt, Outcome::kWrong).verdict.action, Action::kAllow) << i;
  }
  EXPECT_EQ(siege.FromAnywhere(), Action::kChallenge);
  EXPECT_EQ(siege.OnDevice(), Action::kAllow);
}

TEST(StopGuessingLikeTest, TenPopularGuessesSpendAnAddressForPopularPasswordsAlone) {
  Siege siege("stopguessing-like");
  AttemptFields popular = AttemptFrom("203.0.113.66");
  popular.popular_password = true;
  EXPECT_EQ(Fail(siege.rig(), popular, 20), 10);
  EXPECT_EQ(Fail(siege.rig(), AttemptFrom("203.0.113.66"), 20), 20);
  popular.source = Address(1);
  EXPECT_EQ(Fail(siege.rig(), popular, 20), 10) << "another address brings its own";
}

TEST(DalockLikeTest, ThreePopularPasswordsCountAsThirtyOthers) {
  Siege popular("dalock-like");
  AttemptFields guess = AttemptFrom("203.0.113.66");
  guess.popular_password = true;
  EXPECT_EQ(Fail(popular.rig(), guess, 10), 3);
  Siege others("dalock-like");
  EXPECT_EQ(Fail(others.rig(), AttemptFrom(kHome), 40), 30);
  EXPECT_EQ(others.OnDevice(), Action::kLockout);
}

}  // namespace
}  // namespace latchkey
