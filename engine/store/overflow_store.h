// A shared store that a flood of invented accounts and addresses cannot fill.
//
// While the store is crowded (Crowding), accounts and networks that have no record get none: they share a
// fixed table of records, by hash of their key, which only overcount. A shared record knows no password tags,
// is never cleared, and holds no proof. Who shows a device gets a record of his own, and so does an account
// whose login succeeds; what the shared record has counted goes with it. So nothing live has to be evicted,
// memory stays under the cap, unknown strangers meet more caution, and proven lanes are answered as ever.
// (Meanwhile a stranger could tell an account that has a record from one that has none by how much it takes
// to be refused.)
//
// Calls cost the store what they always do, and one Read more for as long as shared records may hold counts;
// but not that of a device which its own lane admits: its account has a record, and nothing else is touched.
//
// Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/base/clock.h"
#include "engine/store/signal_store.h"

namespace latchkey {

// How full the store is, as whoever watches it says. Thread-safe.
class Crowding {
 public:
  // No room for records of strangers that are not there yet.
  [[nodiscard]] bool crowded() const { return crowded_.load(std::memory_order_relaxed); }
  // Shared records may hold counts: now, or since some node found the store crowded.
  [[nodiscard]] bool sharing() const { return crowded() || sharing_.load(std::memory_order_relaxed); }

  // The longest life that was given to a shared record.
  [[nodiscard]] Duration keep() const { return Duration(keep_ms_.load(std::memory_order_relaxed)); }

  void Set(bool crowded, bool sharing) {
    crowded_.store(crowded, std::memory_order_relaxed);
    sharing_.store(sharing, std::memory_order_relaxed);
  }
  void Shared(Duration keep) {
    int64_t longest = keep_ms_.load(std::memory_order_relaxed);
    while (keep.count() > longest && !keep_ms_.compare_exchange_weak(longest, keep.count())) {
    }
  }

 private:
  std::atomic<int64_t> keep_ms_{0};
  std::atomic<bool> crowded_{false};
  std::atomic<bool> sharing_{false};
};

class OverflowStore final : public SignalStore {
 public:
  static constexpr uint64_t kSharedRecords = 256;  // of accounts, and as many of networks

  // All outlive it and its pending calls. `clock` measures what is left of a deadline.
  OverflowStore(SignalStore& store, Crowding& crowding, const Clock& clock);

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override;
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override;
  [[nodiscard]] std::string_view name() const override { return store_.name(); }

  // Charges that went to a shared record.
  [[nodiscard]] uint64_t overflowed() const { return overflowed_.load(std::memory_order_relaxed); }

  // Keys of real records are keyed hashes; these have 62 leading bits of zero.
  [[nodiscard]] static ShardKeys SharedOf(const ShardKeys& keys);

 private:
  // What is left of a deadline, at least a millisecond.
  class Patience {
   public:
    Patience(const Clock& clock, Duration deadline) : clock_(clock), until_(clock.Now() + deadline) {}
    [[nodiscard]] Duration Left() const { return std::max(until_ - clock_.Now(), Duration(1)); }

   private:
    const Clock& clock_;
    TimePoint until_;
  };

  void ChargeAfterLook(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                       const Patience& patience, std::function<void(absl::StatusOr<ChargeResult>)> done);
  void ChargeWhere(const ShardKeys& keys, const ChargeRequest& request, const ShardRecords& own,
                   const Patience& patience, std::function<void(absl::StatusOr<ChargeResult>)> done);
  // Gives records of their own to an account and a network that have none, with what is counted for them.
  void InheritBoth(const ShardKeys& keys, bool account, bool network, Duration keep, const Patience& patience,
                   std::function<void(absl::Status)> done);
  void Bequeath(const RecordKey& key, Record from, Duration keep, const Patience& patience,
                std::function<void(absl::Status)> done);
  void SettleShared(const ShardKeys& keys, const SettleRequest& request, SettleResult of_own,
                    const Patience& patience, std::function<void(absl::StatusOr<SettleResult>)> done);

  SignalStore& store_;
  Crowding& crowding_;
  const Clock& clock_;
  std::atomic<uint64_t> overflowed_{0};
};

}  // namespace latchkey
