#include "engine/assess/reporter.h"

#include <gtest/gtest.h>

#include "engine/store/nothing_revoked.h"
#include "tests/engine-assess/holding_store.h"
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

TEST(ReporterTest, EndsWhenALoginIsRememberedThatWasCountedWithoutTheStore) {
  EngineRig rig;
  AttemptToken token =
      OpenAttemptToken(rig.sealer(), rig.Assess(AttemptOn("alice", "192.0.2.7")).attempt_token).value();
  token.degraded = true;
  const PolicyHolder policies(PolicyOf(DefaultPolicyText()));
  const NothingRevoked revocations;
  HoldingStore store(rig.store());
  auto reporter = std::make_unique<Reporter>(ReportParts{.clock = rig.clock(),
                                                         .sealer = rig.sealer(),
                                                         .policies = policies,
                                                         .revocations = revocations,
                                                         .store = store,
                                                         .local_store = rig.store(),
                                                         .assessor = rig.assessor(),
                                                         .observers = {}});
  bool answered = false;
  reporter->Take({.attempt_token = SealToken(rig.sealer(), token),
                  .outcome = Outcome::kLoginComplete,
                  .device_name = {}},
                 Duration(1000), [&](const auto& result) { answered = result.ok(); });
  EXPECT_TRUE(answered) << "nobody who logs in waits for a store in trouble";
  ASSERT_TRUE(store.holds());
  EXPECT_TRUE(store.IsAwaitedBy([&] { reporter = nullptr; }));
}

}  // namespace
}  // namespace latchkey
