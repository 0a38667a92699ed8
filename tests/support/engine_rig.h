// The whole engine on a real store, with a clock that moves only when told to and calls that wait.
//
// What a node is made of, less the wire: policies from YAML, keys and seals from libsodium, Assessor,
// Reporter, OwnerDesk. A call that finds no answer throws std::runtime_error, which fails the test.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sodium/ring_sealer.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "engine/assess/assessor.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"
#include "engine/assess/shadow.h"
#include "engine/workflow/stakes.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"
#include "tests/support/stores_under_test.h"

namespace latchkey {

// Calls `start` with a callback and waits for what that is given.
template <typename T, typename Start>
[[nodiscard]] T Await(Start start) {
  auto answer = std::make_shared<std::promise<T>>();
  std::future<T> waiting = answer->get_future();
  start([answer](T value) { answer->set_value(std::move(value)); });
  return waiting.get();
}

// The value, or an exception that fails the test.
template <typename T>
[[nodiscard]] T Require(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(std::string(value.status().message()));
  return *std::move(value);
}

// policies/default.yaml.
[[nodiscard]] std::string DefaultPolicyText();
// Compiles a policy; throws with everything that is wrong with it.
[[nodiscard]] std::shared_ptr<const Policy> PolicyOf(const std::string& yaml, int64_t revision = 1);

// How many random histories a test tries: `fewest`, times LATCHKEY_SEEDS if that is set; on Redis, which
// answers a hundred times more slowly, a tenth of it.
[[nodiscard]] uint64_t SeedsToTry(uint64_t fewest, StoreKind store);

struct RigOptions {
  StoreKind store = StoreKind::kMemory;
  std::string policy;  // YAML; empty: policies/default.yaml
  uint64_t seed = 1;
  AssessSettings settings;
  bool other_nodes = false;  // may write to the store too, even to one of memory
  // Puts a decorator before the store, if set.
  std::function<std::unique_ptr<SignalStore>(SignalStore& store, const Clock& clock)> wrap;
};

// Calls may come from several threads; Advance and SetPolicy from one.
class EngineRig {
 public:
  explicit EngineRig(RigOptions options = {});
  ~EngineRig();
  EngineRig(const EngineRig&) = delete;
  EngineRig& operator=(const EngineRig&) = delete;

  [[nodiscard]] FakeClock& clock() { return clock_; }
  [[nodiscard]] TimePoint now() const { return clock_.Now(); }
  [[nodiscard]] std::shared_ptr<const Policy> policy() const;
  [[nodiscard]] Assessor& assessor();
  [[nodiscard]] SignalStore& store();
  [[nodiscard]] const Sealer& sealer() const { return sealer_; }
  void SetPolicy(const std::string& yaml, int64_t revision);
  // Puts a policy beside the one in force: in the shadow, or for a share of the accounts.
  void SetCandidate(const std::string& yaml, int64_t revision, Rollout rollout);

  [[nodiscard]] Decision Assess(AttemptFields fields);
  [[nodiscard]] Explanation Explain(AttemptFields fields);
  ReportResult ReportOutcome(const Decision& decision, Outcome outcome, const std::string& device_name = "");
  // Assesses and, if admitted, reports at once; for histories that need no more.
  Decision Try(AttemptFields fields, Outcome outcome);

  Confirmation Confirm(const std::string& account);
  Confirmation RevokeAll(const std::string& account);
  // Until then, unless it is released.
  Stake AddStake(const std::string& account, TimePoint end, const std::string& name = "bid");
  bool Release(const Stake& stake) { return stakes_.Release(stake.caller, stake.id, now()); }
  void Import(const std::string& account, const std::string& address);
  [[nodiscard]] std::vector<KnownProof> List(const std::string& account, Lane lane);
  // False: the account has no such proof.
  bool Forget(const std::string& account, Lane lane, const std::string& id);
  [[nodiscard]] ShardRecords Records(const AttemptFields& fields);
  // As the owner's list shows it.
  [[nodiscard]] std::string DeviceId(const std::string& device_token) const;

 private:
  class Shelf;  // revocations

  FakeClock clock_;
  SeededRandom random_;
  SipHashKeyHasher hasher_;
  RingSealer sealer_;
  KeyMaker keys_;
  PolicyHolder policies_;
  std::unique_ptr<Shelf> revocations_;
  Stakes stakes_{{}, random_};
  std::unique_ptr<StoreUnderTest> store_;
  std::unique_ptr<StoreUnderTest> local_store_;
  std::unique_ptr<StoreUnderTest>
      shadow_store_;  // of the memory store; in Redis, shadows are beside the rest
  std::unique_ptr<SignalStore> wrapped_;
  std::unique_ptr<ShadowEngine> shadow_;
  std::unique_ptr<Assessor> assessor_;
  std::unique_ptr<OpeningStore> opening_;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<OwnerDesk> desk_;
};

}  // namespace latchkey
