#include "engine/assess/owner_desk.h"

#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "adapters/memory/revocation_log.h"
#include "engine/assess/proofs.h"
#include "tests/promises/promise_test.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

std::string LivingFor(const std::string& life) {
  return absl::StrReplaceAll(DefaultPolicyText(), {{"token_ttl: 90d", "token_ttl: " + life}});
}

class OwnerDeskTest : public testing::Test {
 protected:
  OwnerDeskTest() { Restart(); }

  // What matters no longer is dropped from the log.
  void Restart() {
    log_ = nullptr;
    log_ = Require(RevocationLog::Open(folder_.File("revocations"), "test", rig_.now()));
  }
  // By a node that has lost everything but its log.
  [[nodiscard]] bool Proves(const std::string& device_token, const std::string& policy) {
    AttemptFields fields = AttemptOn("alice", "192.0.2.7");
    fields.device_token = device_token;
    const Attempt attempt = Require(Attempt::Create(fields));
    return ProofReader(rig_.sealer(), *log_)
        .Read(attempt, keys_.Account("default", "alice"), *PolicyOf(policy), rig_.now())
        .device.has_value();
  }

  EngineRig rig_;
  SeededRandom random_{1};
  SipHashKeyHasher hasher_{KeyRing::Generate()};
  KeyMaker keys_{"test", hasher_};
  PolicyHolder policies_{PolicyOf(LivingFor("30d"))};
  ScratchFolder folder_;
  std::unique_ptr<RevocationLog> log_;
};

TEST_F(OwnerDeskTest, WhatIsRevokedStaysSoUnderAPolicyWhoseTokensLiveLonger) {
  OwnerDesk desk({.clock = rig_.clock(),
                  .random = random_,
                  .keys = keys_,
                  .sealer = rig_.sealer(),
                  .policies = policies_,
                  .revocations = *log_,
                  .store = rig_.store()});
  const std::string token = Require(Await<absl::StatusOr<Confirmation>>([&](auto done) {
                              desk.Confirm({"default", "alice"}, "laptop", Duration(1000), done);
                            })).device_token;
  EXPECT_TRUE(Proves(token, LivingFor("30d")));
  (void)Require(Await<absl::StatusOr<Confirmation>>([&](auto done) {
    desk.RevokeAll({"default", "alice"}, std::nullopt, Duration(1000), done);
  }));
  EXPECT_FALSE(Proves(token, LivingFor("30d")));
  rig_.clock().Advance(31 * kDay);
  Restart();
  EXPECT_FALSE(Proves(token, LivingFor("90d")));
  rig_.clock().Advance(360 * kDay);
  Restart();
  EXPECT_FALSE(Proves(token, LivingFor("400d")));
}

}  // namespace
}  // namespace latchkey
