// The real engine on a simulated clock: what a node is made of, less the wire, with faults on demand.
#pragma once

#include <functional>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "engine/assess/assessor.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"
#include "engine/incident/local_ledger.h"
#include "engine/lab/detector_fleet.h"
#include "engine/lab/dice.h"
#include "engine/lab/lab_clock.h"
#include "engine/lab/lab_crypto.h"
#include "engine/lab/scenario.h"
#include "engine/workflow/attack_watch.h"

namespace latchkey::lab {

// A store, and how much it holds.
struct LabStore {
  std::unique_ptr<SignalStore> store;
  std::function<size_t()> bytes;
};

// What the lab is given. Stores must answer before a call returns, as the memory store does.
struct LabPorts {
  std::function<LabStore(const Clock& clock, int64_t entries_max)> make_store;
};

class LabRandom final : public RandomSource {
 public:
  explicit LabRandom(uint64_t seed) : dice_(seed) {}
  [[nodiscard]] uint64_t Next() override { return dice_.Next(); }

 private:
  Dice dice_;
};

class LabRevocations final : public Revocations {
 public:
  [[nodiscard]] int64_t EpochOf(const Key& account) const override {
    const auto found = epochs_.find(account);
    return found == epochs_.end() ? 0 : found->second;
  }
  [[nodiscard]] bool IsRevoked(uint64_t device) const override { return devices_.contains(device); }
  absl::Status RevokeAll(const Key& account, int64_t epoch, TimePoint /*keep_until*/) override {
    int64_t& least = epochs_[account];
    least = std::max(least, epoch);
    return absl::OkStatus();
  }
  absl::Status RevokeDevice(uint64_t device, TimePoint /*keep_until*/) override {
    devices_.insert(device);
    return absl::OkStatus();
  }

 private:
  absl::flat_hash_map<Key, int64_t> epochs_;
  absl::flat_hash_set<uint64_t> devices_;
};

// A store that cannot be asked for a while.
class OutageStore final : public SignalStore {
 public:
  OutageStore(SignalStore& store, const Clock& clock, TimePoint from, TimePoint until)
      : store_(store), clock_(clock), from_(from), until_(until) {}
  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    if (Down()) return done(Unavailable());
    store_.Charge(keys, std::move(request), deadline, std::move(done));
  }
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override {
    if (Down()) return done(Unavailable());
    store_.Settle(keys, std::move(request), deadline, std::move(done));
  }
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override {
    if (Down()) return done(Unavailable());
    store_.Update(key, std::move(change), keep, deadline, std::move(done));
  }
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override {
    if (Down()) return done(Unavailable());
    store_.Read(keys, deadline, std::move(done));
  }
  [[nodiscard]] std::string_view name() const override { return store_.name(); }

 private:
  [[nodiscard]] bool Down() const { return clock_.Now() >= from_ && clock_.Now() < until_; }
  static absl::Status Unavailable() { return absl::UnavailableError("the lab took the store away"); }

  SignalStore& store_;
  const Clock& clock_;
  const TimePoint from_;
  const TimePoint until_;
};

// Not thread-safe. Calls answer before they return.
class LabEngine {
 public:
  // `findings`: hears what the detectors of the fleet find; null: none are asked.
  LabEngine(const LabPorts& ports, const LabClock& clock, std::shared_ptr<const Policy> policy,
            const Scenario& scenario, TimePoint start, uint64_t seed, FindingSink* findings, Fleet fleet);

  [[nodiscard]] Decision Assess(AttemptFields fields);
  // What would be answered; counts nothing.
  [[nodiscard]] Decision Explain(AttemptFields fields);
  ReportResult Report(const Decision& decision, Outcome outcome);
  [[nodiscard]] Confirmation Confirm(const std::string& account);
  [[nodiscard]] Confirmation RevokeAll(const std::string& account);

  // Something is at risk for this account until then.
  void AddStake(const std::string& account, TimePoint until);
  [[nodiscard]] bool UnderAttack(const std::string& account);
  [[nodiscard]] size_t store_bytes() const { return store_.bytes(); }
  // What a timer does each second.
  void Tick();
  [[nodiscard]] Key KeyOf(const std::string& account) const;
  [[nodiscard]] Key KeyOfSource(const std::string& address) const;

 private:
  LabKeyHasher hasher_;
  LabSealer sealer_;
  LabRandom random_;
  LabRevocations revocations_;
  KeyMaker keys_;
  PolicyHolder policies_;
  SkewedClock node_clock_;
  LabStore store_;
  LabStore local_store_;
  OutageStore reached_;
  Stakes stakes_;
  LocalLedger ledger_;
  Standings standings_;
  AttackWatch watch_;
  std::unique_ptr<DetectorFleet> detectors_;
  Assessor assessor_;
  Reporter reporter_;
  OwnerDesk desk_;
};

}  // namespace latchkey::lab
