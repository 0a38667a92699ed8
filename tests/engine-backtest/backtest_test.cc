// What was recorded of the real engine, replayed.
#include "engine/backtest/backtest.h"

#include <gtest/gtest.h>

#include "adapters/memory/memory_signal_store.h"
#include "engine/attempt/plain_sealer.h"
#include "engine/recording/event_codec.h"
#include "engine/recording/recorder.h"
#include "tests/support/engine_rig.h"

namespace latchkey {
namespace {

using std::chrono::seconds;

const SipHashKeyHasher& Hasher() {
  static const SipHashKeyHasher hasher(
      Require(KeyRing::Parse("hash " + std::string(64, '7') + "\n1 " + std::string(64, '5') + "\n", "test")));
  return hasher;
}

ReplayPorts Ports() {
  static const PlainSealer sealer;
  return {.make_store =
              [](const Clock& clock) {
                return std::make_unique<MemorySignalStore>(clock, MemoryStoreOptions{.entries_max = 100'000});
              },
          .hasher = Hasher(),
          .sealer = sealer};
}

// A day of a shop, told as events: an owner at home with typing errors, strangers who guess.
std::vector<RecordedEvent> ADay() {
  std::vector<RecordedEvent> events;
  uint64_t decision = 0;
  const auto attempt = [&](int64_t second, const char* account, const std::string& source, Outcome outcome) {
    RecordedAttempt a{.at = TimePoint(seconds(1'800'000'000 + second)), .decision = ++decision};
    a.tenant = "default";
    a.account = account;
    a.source = source;
    a.path = "web";
    a.decided = false;
    events.emplace_back(a);
    events.emplace_back(RecordedOutcome{.at = a.at, .decision = decision, .outcome = outcome});
  };
  for (int64_t minute = 0; minute < 24 * 60; minute += 10) {
    attempt(minute * 60, "alice", "192.0.2.7", Outcome::kLoginComplete);
    for (int64_t i = 0; i < 3; ++i)
      attempt(minute * 60 + i, "alice", "203.0.113." + std::to_string(minute % 200), Outcome::kWrong);
  }
  return events;
}

TEST(BacktestTest, ALockAfterFiveWouldHaveHitTheOwnerAndTheDefaultWouldNot) {
  Backtest backtest(Ports(), PolicyOf(DefaultPolicyText()), nullptr, {});
  for (const RecordedEvent& event : ADay()) backtest.Add(event);
  backtest.End();
  const Findings& findings = backtest.findings();
  EXPECT_EQ(findings.attempts(), 144 * 4);
  EXPECT_EQ(findings.owners(/*proven=*/true).refused_after, 0);
  EXPECT_GT(findings.owners(/*proven=*/true).logins, 100);
  EXPECT_GT(findings.guesses(/*proven=*/false).newly_stopped, 100);
  ASSERT_FALSE(findings.accounts().Top(1).empty());
  EXPECT_EQ(findings.accounts().Top(1)[0].name, "alice");
}

TEST(BacktestTest, WhatWasAtStakeThenIsAtStakeInTheReplay) {
  const std::string heeding =
      DefaultPolicyText() +
      "\naccept_risk: [P7]\nstakes: { limits: [ { above: 0, in: 15m, then: challenge } ] }\n";
  const auto differing = [&](bool at_stake) {
    Backtest backtest(Ports(), PolicyOf(heeding), PolicyOf(DefaultPolicyText()), {});
    for (RecordedEvent event : ADay()) {
      if (auto* attempt = std::get_if<RecordedAttempt>(&event)) {
        attempt->can_challenge = true;
        attempt->at_stake = at_stake;
      }
      backtest.Add(event);
    }
    backtest.End();
    EXPECT_EQ(backtest.findings().owners(/*proven=*/true).refused_after, 0);
    return backtest.findings().differ();
  };
  EXPECT_EQ(differing(/*at_stake=*/false), 0);
  EXPECT_GT(differing(/*at_stake=*/true), 10);
}

TEST(BacktestTest, TheSamePolicyOnBothSidesDiffersNowhere) {
  Backtest backtest(Ports(), PolicyOf(DefaultPolicyText()), PolicyOf(DefaultPolicyText()), {});
  for (const RecordedEvent& event : ADay()) backtest.Add(event);
  backtest.End();
  EXPECT_EQ(backtest.findings().differ(), 0);
}

}  // namespace
}  // namespace latchkey
