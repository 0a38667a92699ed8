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
#include <vector>

#include "absl/container/inlined_vector.h"
#include "engine/assess/charges.h"
#include "engine/assess/decide.h"
#include "engine/assess/journal.h"
#include "engine/attempt/attempt.h"
#include "engine/base/mutex.h"
#include "engine/store/forwarding_store.h"

namespace latchkey {

// All that a refusal was decided by.
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

// What a repeat is answered by.
struct Repeat {
  TimePoint at;         // the store's clock
  Facts facts;          // of the attempt that was refused first
  uint64_t policy = 0;  // Policy::serial
  Journal::Packed first;
  std::optional<Verdict> verdict;             // at that time; nothing: Refusals::DecideAgain has to say
  std::shared_ptr<const KnownRefusal> known;  // only then
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

  // What refused such an attempt a moment ago, if nothing was opened since. Its policy, its stakes and that
  // this attempt has no proofs are for the caller to check.
  [[nodiscard]] std::optional<Repeat> Find(const Attempt& attempt, TimePoint now) const;
  // The verdict at the repeat's time when it has none yet; nothing when the counts do not refuse any more.
  [[nodiscard]] std::optional<Verdict> DecideAgain(const Attempt& attempt, const Repeat& repeat);

  void Remember(const Attempt& attempt, KnownRefusal known);

  // The counts of this account, or of this network, are others now.
  void ForgetAccount(const Key& account) { Next(accounts_, account); }
  void ForgetNetwork(const Key& network) { Next(networks_, network); }

 private:
  static constexpr size_t kGenerations = 4096;
  // Questions of one set push out one another, the oldest first.
  static constexpr size_t kWays = 8;

  // What is looked at for each repeat stands together, the names by which it is known first; the rest of a
  // refusal is elsewhere.
  struct Place {
    // Whether the same limits of the same counters meet this attempt too. Which tag a password has is
    // counted, but no limit looks at it before an attempt is admitted.
    [[nodiscard]] bool Meets(const Attempt& attempt) const;
    // Begins to load what an answer has of others.
    void Fetch() const;

    absl::InlinedVector<char, 56> names;  // tenant, account and source
    uint16_t tenant_size = 0;
    uint16_t account_size = 0;
    uint64_t stamp = 0;
    TimePoint asked;
    TimePoint until;
    Duration ahead{0};  // of the store's clock
    uint64_t policy = 0;
    Facts facts;
    std::optional<LastingVerdict> latest;
    Journal::Packed first;
    std::shared_ptr<const KnownRefusal> known;  // null: none
  };
  // A refusal is looked into when its mark is the attempt's; 0 is nobody's.
  using Mark = uint16_t;
  struct alignas(64) Set {
    Mutex mutex;
    std::array<Mark, kWays> marks ABSL_GUARDED_BY(mutex){};
    std::array<Place, kWays> places ABSL_GUARDED_BY(mutex);

    // Null when it is not here.
    [[nodiscard]] Place* Find(Mark mark, const Attempt& attempt) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  };
  using Generations = std::array<std::atomic<uint32_t>, kGenerations>;

  static size_t GenerationOf(const Key& key) { return key.high % kGenerations; }
  static void Next(Generations& generations, const Key& key) {
    generations[GenerationOf(key)].fetch_add(1, std::memory_order_acq_rel);
  }
  // Of its names.
  [[nodiscard]] static uint64_t HashOf(const Attempt& attempt);
  [[nodiscard]] Set& SetOf(uint64_t hash) const {
    return sets_[((hash & 0xFFFF'FFFFU) * sets_.size()) >> 32U];
  }
  [[nodiscard]] static Mark MarkOf(uint64_t hash) { return static_cast<Mark>(hash >> 48U | 1U); }

  mutable std::vector<Set> sets_;
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
