// What is closed is known: what the store said of the latest refusals, so that a repeat does not ask it
// again.
//
// A repeat is an attempt that the same limits meet: the same account, source, path and whatever else rules
// look at, under the same policy, and without any proof: a device, a recovery or a challenge always asks the
// store. It is known by its names, so that none of them is hashed for it. What is kept are the counts, so the
// verdict is the very one that the store's answer would give at that time. They are good while they refuse.
// What opens a lane (a login from that source, a charge given back) is told by Forget and counts at once when
// it happens on this node (OpeningStore does); it may happen on another one, so that they are good for a
// second at most. Where there is no other (SoleStore), it is a minute.
//
// Thread-safe, bounded: a newer refusal takes the place of an older one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/assess/charges.h"
#include "engine/assess/decide.h"
#include "engine/assess/journal.h"
#include "engine/attempt/attempt.h"
#include "engine/base/mutex.h"
#include "engine/store/forwarding_store.h"

namespace latchkey {

struct KnownRefusal {
  Facts facts;
  std::shared_ptr<const Policy> policy;
  uint64_t stamp = 0;  // of Refusals::Stamp, before the store was asked
  Plan plan;
  std::shared_ptr<const ChargeRequest> request;
  ChargeResult result;    // of the store, whose clock is in it
  TimePoint asked;        // our clock, when the store was asked
  TimePoint until;        // our clock: not good any more
  Journal::Packed first;  // the answer that was given then
};

// Thread-safe.
class Refusal {
 public:
  // `attempt`: what was refused.
  Refusal(const Attempt& attempt, KnownRefusal known);

  [[nodiscard]] const KnownRefusal& known() const { return known_; }
  // Whether the same limits of the same counters meet this attempt too. Which tag a password has is counted,
  // but no limit looks at it before an attempt is admitted.
  [[nodiscard]] bool Meets(const Attempt& attempt) const;
  // The store's clock, when ours says `now`.
  [[nodiscard]] TimePoint StoreTime(TimePoint now) const {
    return known_.result.records.now + (now - known_.asked);
  }
  // What is answered at that time of the store; nothing when the counts do not refuse any more.
  [[nodiscard]] std::optional<Verdict> VerdictAt(TimePoint at) const;

 private:
  std::string tenant_;
  std::string account_;
  Source source_;
  KnownRefusal known_;
  mutable Mutex mutex_;
  mutable std::optional<LastingVerdict> latest_ ABSL_GUARDED_BY(mutex_);
};

class Refusals {
 public:
  static constexpr Duration kLife = std::chrono::seconds(1);
  // Where no other node writes to the store.
  static constexpr Duration kLifeAlone = std::chrono::seconds(60);

  // How many are kept, rounded up to a whole set; none at all with 0.
  explicit Refusals(size_t kept) : sets_((kept + kWays - 1) / kWays) {}

  [[nodiscard]] bool on() const { return !sets_.empty(); }

  // Changes whenever Forget tells of this account or network.
  [[nodiscard]] uint64_t Stamp(const Facts& facts) const;

  // What refused such an attempt a moment ago, if nothing was opened since; or null. Its policy, its stakes
  // and that this attempt has no proofs are for the caller to check.
  [[nodiscard]] std::shared_ptr<const Refusal> Find(const Attempt& attempt, TimePoint now) const;

  void Remember(const Attempt& attempt, KnownRefusal known);

  // The counts of this account, or of this network, are others now.
  void ForgetAccount(const Key& account) { Next(accounts_, account); }
  void ForgetNetwork(const Key& network) { Next(networks_, network); }

 private:
  static constexpr size_t kLocks = 64;
  static constexpr size_t kGenerations = 4096;
  // Questions of one set push out one another, the oldest first.
  static constexpr size_t kWays = 8;
  using Set = std::array<std::shared_ptr<const Refusal>, kWays>;
  using Generations = std::array<std::atomic<uint32_t>, kGenerations>;

  static size_t GenerationOf(const Key& key) { return key.high % kGenerations; }
  static void Next(Generations& generations, const Key& key) {
    generations[GenerationOf(key)].fetch_add(1, std::memory_order_acq_rel);
  }
  [[nodiscard]] size_t SetOf(const Attempt& attempt) const;

  // Guarded by mutexes_[index % kLocks].
  std::vector<Set> sets_;
  mutable std::array<Mutex, kLocks> mutexes_;
  Generations accounts_{};
  Generations networks_{};
};

// The store as those see it who may open what is closed: reports and owners. Tells `refusals` of what they
// do. Thread-safe; what it refers to outlives it.
class OpeningStore final : public ForwardingStore {
 public:
  OpeningStore(SignalStore& store, Refusals& refusals) : ForwardingStore(store), refusals_(refusals) {}

  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override;

 private:
  Refusals& refusals_;
};

}  // namespace latchkey
