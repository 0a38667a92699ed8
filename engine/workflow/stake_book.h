// Stakes in the ledger: what one node registers, all know, and a restart does not forget.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "engine/base/mutex.h"
#include "engine/incident/node_ledger.h"
#include "engine/workflow/stakes.h"

namespace latchkey {

[[nodiscard]] std::string EncodeStake(const Stake& stake);
// Nothing for what is no stake, or was written by a release that is too new.
[[nodiscard]] std::optional<Stake> DecodeStake(std::string_view bytes);

// Thread-safe. Answers come once the ledger has the change and `stakes` know it; see Stakes for what they
// say.
class StakeBook final : public BookCopy {
 public:
  using Done = std::function<void(absl::StatusOr<Stake>)>;

  // Adds itself to `ledger`. The hasher makes its claims, which must be the same on every node. All outlives
  // it.
  StakeBook(Stakes& stakes, NodeLedger& ledger, const KeyHasher& hasher);

  void Register(Stake stake, TimePoint now, Done done);
  void Extend(std::string caller, std::string id, TimePoint end, TimePoint now, Done done);
  // True when there was such a stake.
  void Release(std::string caller, std::string id, TimePoint now,
               std::function<void(absl::StatusOr<bool>)> done);

  void Load(const std::vector<LedgerEntry>& documents) override;
  void Hear(const LedgerEntry& entry) override;
  [[nodiscard]] std::vector<LedgerEntry> Held() const override;

 private:
  [[nodiscard]] uint64_t VersionOf(const std::string& id) const;
  [[nodiscard]] LedgerChange ChangeOf(const Stake& stake) const;
  void Put(const Stake& stake, bool keep, Ledger::Done done);
  void TryRegister(Stake wish, TimePoint now, int tries, Done done);
  void TryExtend(std::string caller, std::string id, TimePoint end, TimePoint now, int tries, Done done);

  Stakes& stakes_;
  NodeLedger& ledger_;
  const KeyHasher& hasher_;
  mutable Mutex mutex_;
  // The place of each document's latest change. Those of stakes that have ended go when there are twice as
  // many.
  absl::flat_hash_map<std::string, uint64_t> versions_ ABSL_GUARDED_BY(mutex_);
  size_t tidy_at_ ABSL_GUARDED_BY(mutex_) = 1000;
  absl::flat_hash_map<std::string, size_t> coming_ ABSL_GUARDED_BY(mutex_);  // by caller
};

}  // namespace latchkey
