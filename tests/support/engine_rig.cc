#include "tests/support/engine_rig.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/attempt/tokens.h"

namespace latchkey {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);

// Fixed, so that a seed replays the same hashes.
const KeyRing& TestRing() {
  static const KeyRing ring = Require(
      KeyRing::Parse("hash " + std::string(64, '7') + "\n1 " + std::string(63, '5') + "1\n", "test ring"));
  return ring;
}

}  // namespace

// Revocations of one node, without its disk.
class EngineRig::Shelf final : public Revocations {
 public:
  [[nodiscard]] int64_t EpochOf(const Key& account) const override {
    const MutexLock lock(mutex_);
    auto it = epochs_.find(account.Hex());
    return it == epochs_.end() ? 0 : it->second;
  }
  [[nodiscard]] bool IsRevoked(uint64_t device) const override {
    const MutexLock lock(mutex_);
    return std::find(devices_.begin(), devices_.end(), device) != devices_.end();
  }
  absl::Status RevokeAll(const Key& account, int64_t epoch, TimePoint) override {
    const MutexLock lock(mutex_);
    int64_t& least = epochs_[account.Hex()];
    least = std::max(least, epoch);
    return absl::OkStatus();
  }
  absl::Status RevokeDevice(uint64_t device, TimePoint) override {
    const MutexLock lock(mutex_);
    devices_.push_back(device);
    return absl::OkStatus();
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, int64_t> epochs_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> devices_ ABSL_GUARDED_BY(mutex_);
};

std::string DefaultPolicyText() { return Require(ReadPolicyText(LATCHKEY_ROOT "/policies/default.yaml")); }

std::shared_ptr<const Policy> PolicyOf(const std::string& yaml, int64_t revision) {
  PolicyReading reading = YamlPolicyReader().Read(yaml, revision);
  if (absl::Status status = StatusOf(reading, "policy"); !status.ok())
    throw std::runtime_error(std::string(status.message()));
  return reading.policy;
}

uint64_t SeedsToTry(uint64_t fewest, StoreKind store) {
  uint64_t times = 1;
  if (const char* wanted = std::getenv("LATCHKEY_SEEDS");
      wanted != nullptr && (!absl::SimpleAtoi(wanted, &times) || times == 0)) {
    throw std::runtime_error("LATCHKEY_SEEDS is not a number above 0");
  }
  const uint64_t seeds = fewest * times;
  return store == StoreKind::kMemory ? seeds : std::max<uint64_t>(1, seeds / 10);
}

EngineRig::EngineRig(RigOptions options)
    : random_(options.seed),
      hasher_(TestRing()),
      sealer_(TestRing(), clock_),
      keys_("test", hasher_),
      policies_(PolicyOf(options.policy.empty() ? DefaultPolicyText() : options.policy)),
      revocations_(std::make_unique<Shelf>()),
      store_(StoreUnderTest::Make(options.store, clock_)),
      local_store_(StoreUnderTest::Make(StoreKind::kMemory, clock_)),
      shadow_store_(options.store == StoreKind::kMemory ? StoreUnderTest::Make(StoreKind::kMemory, clock_)
                                                        : nullptr) {
  if (options.wrap) wrapped_ = options.wrap(store_->store(), clock_);
  AssessSettings settings = options.settings;
  settings.store_deadline = kPatience;
  shadow_ = std::make_unique<ShadowEngine>(
      ShadowParts{.clock = clock_,
                  .random = random_,
                  .keys = keys_,
                  .policies = policies_,
                  .store = shadow_store_ != nullptr ? shadow_store_->store() : store_->store(),
                  .stakes = &stakes_},
      settings);
  assessor_ = std::make_unique<Assessor>(
      AssessParts{.clock = clock_,
                  .random = random_,
                  .keys = keys_,
                  .sealer = sealer_,
                  .policies = policies_,
                  .revocations = *revocations_,
                  .store = store(),
                  .local_store = local_store_->store(),
                  .observers = {},
                  .shadow = shadow_.get(),
                  .stakes = &stakes_,
                  .sole_store = options.other_nodes ? nullptr : store_->sole_store()},
      settings);
  opening_ = std::make_unique<OpeningStore>(store(), assessor_->refusals());
  reporter_ = std::make_unique<Reporter>(ReportParts{.clock = clock_,
                                                     .sealer = sealer_,
                                                     .policies = policies_,
                                                     .revocations = *revocations_,
                                                     .store = *opening_,
                                                     .local_store = local_store_->store(),
                                                     .assessor = *assessor_,
                                                     .observers = {},
                                                     .shadow = shadow_.get()});
  desk_ = std::make_unique<OwnerDesk>(OwnerParts{.clock = clock_,
                                                 .random = random_,
                                                 .keys = keys_,
                                                 .sealer = sealer_,
                                                 .policies = policies_,
                                                 .revocations = *revocations_,
                                                 .store = *opening_});
}

EngineRig::~EngineRig() = default;

std::shared_ptr<const Policy> EngineRig::policy() const { return policies_.Current(); }
Assessor& EngineRig::assessor() { return *assessor_; }
SignalStore& EngineRig::store() { return wrapped_ != nullptr ? *wrapped_ : store_->store(); }
void EngineRig::SetPolicy(const std::string& yaml, int64_t revision) {
  policies_.Set(PolicyOf(yaml, revision));
}

void EngineRig::SetCandidate(const std::string& yaml, int64_t revision, Rollout rollout) {
  policies_.Set(PoliciesInForce{
      .enforced = policies_.Current(), .candidate = PolicyOf(yaml, revision), .rollout = rollout});
}

Decision EngineRig::Assess(AttemptFields fields) {
  Attempt attempt = Require(Attempt::Create(std::move(fields)));
  Decision decision = Require(Await<absl::StatusOr<Decision>>(
      [&](auto done) { assessor_->Assess(std::move(attempt), kPatience, std::move(done)); }));
  if (decision.degraded) throw std::runtime_error("the store under test did not answer");
  return decision;
}

Explanation EngineRig::Explain(AttemptFields fields) {
  Attempt attempt = Require(Attempt::Create(std::move(fields)));
  return Require(Await<absl::StatusOr<Explanation>>(
      [&](auto done) { assessor_->Explain(std::move(attempt), kPatience, std::move(done)); }));
}

ReportResult EngineRig::ReportOutcome(const Decision& decision, Outcome outcome,
                                      const std::string& device_name) {
  const Report report{
      .attempt_token = decision.attempt_token, .outcome = outcome, .device_name = device_name};
  return Require(Await<absl::StatusOr<ReportResult>>(
      [&](auto done) { reporter_->Take(report, kPatience, std::move(done)); }));
}

Decision EngineRig::Try(AttemptFields fields, Outcome outcome) {
  Decision decision = Assess(std::move(fields));
  if (decision.verdict.action == Action::kAllow) ReportOutcome(decision, outcome);
  return decision;
}

Confirmation EngineRig::Confirm(const std::string& account) {
  return Require(Await<absl::StatusOr<Confirmation>>([&](auto done) {
    desk_->Confirm({"default", account}, "", kPatience, std::move(done));
  }));
}

Confirmation EngineRig::RevokeAll(const std::string& account) {
  return Require(Await<absl::StatusOr<Confirmation>>([&](auto done) {
    desk_->RevokeAll({"default", account}, "", kPatience, std::move(done));
  }));
}

Stake EngineRig::AddStake(const std::string& account, TimePoint end, const std::string& name) {
  return Require(stakes_.Register({.id = {},
                                   .caller = "auction-house",
                                   .account_key = keys_.Account("default", account),
                                   .tenant = "default",
                                   .account = account,
                                   .workflow = "auction-17",
                                   .name = name,
                                   .end = end,
                                   .created = {}},
                                  now()));
}

void EngineRig::Import(const std::string& account, const std::string& address) {
  const Source source = Require(Source::Parse(address));
  const auto imported = Await<absl::Status>([&](auto done) {
    desk_->Import({"default", account}, source, now(), kPatience, std::move(done));
  });
  if (!imported.ok()) throw std::runtime_error(std::string(imported.message()));
}

std::vector<KnownProof> EngineRig::List(const std::string& account, Lane lane) {
  return Require(Await<absl::StatusOr<std::vector<KnownProof>>>([&](auto done) {
    desk_->List({"default", account}, lane, kPatience, std::move(done));
  }));
}

bool EngineRig::Forget(const std::string& account, Lane lane, const std::string& id) {
  return Await<absl::Status>([&](auto done) {
           desk_->Forget({"default", account}, lane, id, kPatience, std::move(done));
         })
      .ok();
}

ShardRecords EngineRig::Records(const AttemptFields& fields) {
  const AttemptKeys keys = keys_.Of(Require(Attempt::Create(fields)));
  return Require(Await<absl::StatusOr<ShardRecords>>([&](auto done) {
    store().Read({keys.account, keys.network}, kPatience, std::move(done));
  }));
}

std::string EngineRig::DeviceId(const std::string& device_token) const {
  const std::optional<DeviceToken> token = OpenDeviceToken(sealer_, device_token);
  if (!token) throw std::runtime_error("not a device token");
  return absl::StrCat(absl::Hex(token->id, absl::kZeroPad12));
}

}  // namespace latchkey
