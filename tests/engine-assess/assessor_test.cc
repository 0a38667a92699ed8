// What an assessor keeps of one attempt, and of one clock, says nothing of the next.
#include "engine/assess/assessor.h"

#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "engine/attempt/token_skew.h"
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

// On the web, solved challenges are counted by tenant: each node for itself.
std::string CountingTenantsOnTheWeb() {
  return absl::StrReplaceAll(DefaultPolicyText(), {{"\nrules:\n", R"(
rules:
  - id: busy-tenant
    count: failures
    by: [tenant]
    from: [challenged]
    when: { path: [web] }
    limits: [ { above: 1000, in: 1h, then: throttle, wait: { first: 1s, max: 1s } } ]
)"}});
}

TEST(AssessorTest, WhatWasPlannedForOneAttemptIsNoPartOfTheNext) {
  EngineRig rig({.policy = CountingTenantsOnTheWeb(), .settings = {}, .wrap = {}});
  const auto counts_of_node = [&rig](const Decision& decision) {
    return rig.assessor().journal().Find(decision.id)->asked != nullptr;
  };
  AttemptFields on_imap = AttemptOn("alice", "203.0.113.1");
  on_imap.path = "imap";
  EXPECT_FALSE(counts_of_node(rig.Assess(on_imap)));
  // What is not charged leaves the plan as it was.
  (void)rig.Explain(AttemptOn("bob", "203.0.113.2"));
  EXPECT_FALSE(counts_of_node(rig.Assess(on_imap)));
}

TEST(AssessorTest, AChallengeIsPassedOnceThoughItWasIssuedByAClockThatIsAhead) {
  EngineRig rig;
  AttemptFields fields = AttemptOn("alice", "203.0.113.1");
  Decision refused = rig.Try(fields, Outcome::kWrong);
  while (refused.challenge_id.empty()) {
    rig.clock().Advance(1s);
    refused = rig.Try(fields, Outcome::kWrong);
  }
  rig.clock().Advance(-kTokenSkewMax);
  fields.challenge_proof = ChallengeProof{refused.challenge_id, true};
  EXPECT_EQ(rig.Assess(fields).verdict.lane, Lane::kChallenged);
  const TimePoint passed = rig.now();
  for (const Duration later : {Duration(1s), Duration(rig.policy()->spec().challenged.valid),
                               rig.policy()->spec().challenged.valid + kTokenSkewMax - Duration(1)}) {
    rig.clock().Set(passed + later);
    EXPECT_NE(rig.Assess(fields).verdict.lane, Lane::kChallenged) << later.count();
  }
}

}  // namespace
}  // namespace latchkey
