// What an assessor keeps of one attempt says nothing of the next.
#include "engine/assess/assessor.h"

#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
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

}  // namespace
}  // namespace latchkey
