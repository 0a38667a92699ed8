// P3: an attempt is charged before its password is checked, atomically. A thousand attempts in parallel get
// exactly the budget; one that is never reported stays charged; reporting twice counts once.
//
// (Over two latchkeyd on one Redis: tests/integration/two_nodes_test.cc.)
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

constexpr int kParallel = 1000;

// Only the budgets: what a lane admits is one number.
constexpr const char* kBudgets = R"(version: 1
name: budgets
bounds: { 24h: 100 }
lanes:
  device:     { failures: 5, until: success, devices: 6, token_ttl: 90d }
  recovered:  { failures: 5, until: success, recoveries: [2 per 24h] }
  familiar:   { failures: [4 per 24h], sources: 5, remember: 30d }
  challenged: { failures: [15 per 24h] }
  stranger:   { failures: [25 per 24h] }
)";

class NoRacesTest : public PromiseTest {
 protected:
  // All at once: on the memory store from several threads, on Redis in one pipeline besides.
  std::vector<Decision> AssessAllAtOnce(EngineRig& rig, const std::vector<AttemptFields>& attempts) {
    constexpr size_t kThreads = 4;
    std::vector<Decision> decisions(attempts.size());
    std::mutex mutex;
    std::condition_variable all_answered;
    size_t answered = 0;
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t i = thread; i < attempts.size(); i += kThreads) {
          rig.assessor().Assess(Require(Attempt::Create(attempts[i])), 30s,
                                [&, i](absl::StatusOr<Decision> decision) {
                                  const std::scoped_lock lock(mutex);
                                  if (decision.ok()) decisions[i] = *std::move(decision);
                                  if (++answered == attempts.size()) all_answered.notify_all();
                                });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::unique_lock lock(mutex);
    all_answered.wait(lock, [&] { return answered == attempts.size(); });
    return decisions;
  }

  static int Admitted(const std::vector<Decision>& decisions) {
    int admitted = 0;
    for (const Decision& decision : decisions) {
      EXPECT_FALSE(decision.degraded);
      EXPECT_NE(decision.id, 0U) << "no answer";
      admitted += Allowed(decision) ? 1 : 0;
    }
    return admitted;
  }

  static std::vector<AttemptFields> Copies(const AttemptFields& fields) {
    return std::vector<AttemptFields>(kParallel, fields);
  }
};

TEST_P(NoRacesTest, AThousandStrangersGetExactlyTheBudget) {
  EngineRig rig(Options(1, kBudgets));
  std::vector<AttemptFields> attempts;
  for (int i = 0; i < kParallel; ++i) {
    attempts.push_back(AttemptOn("victim", absl::StrCat("10.", i / 200, ".", i % 200, ".1")));
    attempts.back().account_tag = TagOf(i);
  }
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, attempts)), 25);
}

TEST_P(NoRacesTest, UnderTheDefaultPolicyTheFirstFiveAreLetIn) {
  EngineRig rig(Options());
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, Copies(AttemptOn("victim", "203.0.113.1")))), 5);
}

TEST_P(NoRacesTest, AThousandOfOneDeviceGetTheDevicesBudget) {
  EngineRig rig(Options());
  const Decision login = rig.Assess(AttemptOn("victim", "10.0.0.1"));
  AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  fields.device_token = rig.ReportOutcome(login, Outcome::kLoginComplete).device_token;
  int by_device = 0;
  for (const Decision& decision : AssessAllAtOnce(rig, Copies(fields)))
    by_device += Allowed(decision) && decision.verdict.lane == Lane::kDevice ? 1 : 0;
  EXPECT_EQ(by_device, 5);
}

TEST_P(NoRacesTest, OneSolvedChallengeLetsOneOfAThousandIn) {
  EngineRig rig(Options());
  AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  std::string challenge;
  while (challenge.empty()) challenge = rig.Assess(fields).challenge_id;
  fields.challenge_proof = ChallengeProof{challenge, true};
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, Copies(fields))), 1);
}

TEST_P(NoRacesTest, EqualPasswordsInFlightShareOneReservation) {
  EngineRig rig(Options(1, kBudgets));
  AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  fields.account_tag = TagOf(3);
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, Copies(fields))), kParallel);
  // One guess was charged; twenty-four other passwords have room.
  std::vector<AttemptFields> others = Copies(AttemptOn("victim", "203.0.113.1"));
  for (int i = 0; i < kParallel; ++i) others[static_cast<size_t>(i)].account_tag = TagOf(100 + i);
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, others)), 24);
}

TEST_P(NoRacesTest, WhatIsNeverReportedStaysCharged) {
  EngineRig rig(Options(1, kBudgets));
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, Copies(AttemptOn("victim", "203.0.113.1")))), 25);
  rig.clock().Advance(kDay - 1ms);
  EXPECT_FALSE(Allowed(rig.Assess(AttemptOn("victim", "203.0.113.1"))));
  rig.clock().Advance(1ms);
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, Copies(AttemptOn("victim", "203.0.113.1")))), 25);
}

TEST_P(NoRacesTest, OfManyReportsOfOneAttemptOneCounts) {
  EngineRig rig(Options(1, kBudgets));
  const AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  std::vector<Decision> decisions;
  for (int i = 0; i < 25; ++i) decisions.push_back(rig.Assess(fields));
  std::atomic<int> settled = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) {
        const ReportResult result = rig.ReportOutcome(decisions[0], Outcome::kRight);
        if (result.state == SettleResult::State::kSettled) ++settled;
        EXPECT_EQ(result.given_back, result.state == SettleResult::State::kSettled);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(settled, 1);
  EXPECT_EQ(Admitted(AssessAllAtOnce(rig, Copies(fields))), 1) << "one reservation was given back";
}

// Whatever is said second changes nothing: not by the same word, not by another.
TEST_P(NoRacesTest, TheFirstReportStands) {
  const std::vector<Outcome> outcomes = {Outcome::kWrong, Outcome::kUnknownAccount, Outcome::kRight,
                                         Outcome::kNotVerified};
  for (Outcome first : outcomes) {
    for (Outcome second : outcomes) {
      for (bool tagged : {false, true}) {
        SCOPED_TRACE(absl::StrCat(std::string(OutcomeName(first)), " then ", std::string(OutcomeName(second)),
                                  tagged ? ", tagged" : ""));
        EngineRig rig(Options(1, kBudgets));
        AttemptFields fields = AttemptOn("victim", "203.0.113.1");
        if (tagged) fields.account_tag = TagOf(1);
        const Decision decision = rig.Assess(fields);
        EXPECT_EQ(rig.ReportOutcome(decision, first).state, SettleResult::State::kSettled);
        const Record after_first = rig.Records(fields).account;
        const ReportResult again = rig.ReportOutcome(decision, second);
        EXPECT_EQ(again.state, SettleResult::State::kAlready);
        EXPECT_FALSE(again.given_back);
        EXPECT_TRUE(rig.Records(fields).account == after_first);
      }
    }
  }
}

TEST_P(NoRacesTest, AReportAfterTheTokensLifeGivesNothingBack) {
  EngineRig rig(Options(1, kBudgets));
  const AttemptFields fields = AttemptOn("victim", "203.0.113.1");
  const Decision in_time = rig.Assess(fields);
  const Decision late = rig.Assess(fields);
  rig.clock().Advance(2min - 1ms);
  EXPECT_TRUE(rig.ReportOutcome(in_time, Outcome::kLoginComplete).given_back);
  rig.clock().Advance(1ms);
  const ReportResult result = rig.ReportOutcome(late, Outcome::kLoginComplete);
  EXPECT_EQ(result.state, SettleResult::State::kExpired);
  EXPECT_FALSE(result.given_back) << "the charge stands";
  EXPECT_FALSE(result.device_token.empty()) << "and the login is remembered all the same";
}

LATCHKEY_ON_EVERY_STORE(NoRacesTest);

}  // namespace
}  // namespace latchkey
