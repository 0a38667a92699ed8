// Stakes: what workflows have at risk for accounts until a time (a standing bid until the auction closes).
//
// In memory, bounded per caller, per account and in total: by themselves in the lab, a node's copy of the
// ledger in a server (stake_book.h). A stake ends by itself; a caller sees and changes only its own.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/base/random.h"
#include "engine/workflow/stake_lookup.h"
#include "engine/workflow/stake_presence.h"

namespace latchkey {

// Thread-safe.
class Stakes final : public StakeLookup, public StakePresence {
 public:
  struct Limits {
    size_t per_caller_max = 100'000;
    size_t per_account_max = 1000;
    size_t total_max = 500'000;
    Duration length_max = std::chrono::hours(24 * 90);
  };

  Stakes(Limits limits, RandomSource& random) : limits_(limits), random_(random) {}

  // The same caller, account, workflow and name answer the same stake, with the later end. kInvalidArgument,
  // naming the field, for an end that is not in the future or too far; kResourceExhausted when full.
  absl::StatusOr<Stake> Register(Stake stake, TimePoint now);
  // Never shortens. kNotFound for what is not this caller's or has ended.
  absl::StatusOr<Stake> Extend(std::string_view caller, std::string_view id, TimePoint end, TimePoint now);
  // True when there was such a stake.
  bool Release(std::string_view caller, std::string_view id, TimePoint now);

  // What Register would answer, changing nothing; `coming` more of this caller are on their way.
  absl::StatusOr<Stake> Plan(Stake stake, size_t coming, TimePoint now);
  // This caller's that has not ended.
  absl::StatusOr<Stake> Find(std::string_view caller, std::string_view id, TimePoint now);
  // What Extend would answer, changing nothing.
  absl::StatusOr<Stake> PlanLonger(std::string_view caller, std::string_view id, TimePoint end,
                                   TimePoint now);

  // What the ledger says: whatever the bounds.
  void Put(const Stake& stake);
  void Drop(const std::string& id);
  [[nodiscard]] bool Knows(const std::string& id) const;
  void Clear();
  // Lets go of what has ended; whoever changes or lists stakes does it in passing.
  void Advance(TimePoint now);
  // At most `count_max` stakes, those that end first first, after this one.
  [[nodiscard]] std::vector<Stake> After(TimePoint end, const std::string& id, size_t count_max) const;
  // The same caller, account, workflow and name are the same stake.
  [[nodiscard]] static std::string Identity(const Stake& stake);

  struct Page {
    std::vector<Stake> stakes;    // those that end first first
    std::string next_page_token;  // empty: the last page
  };
  // kInvalidArgument for a page token that is none. An empty workflow lists all.
  absl::StatusOr<Page> List(std::string_view caller, std::string_view workflow, size_t page_size,
                            std::string_view page_token, TimePoint now);

  // Waits for nobody who lists, registers or reads the ledger.
  [[nodiscard]] bool Any(const Key& account, TimePoint now) const override;
  [[nodiscard]] std::vector<Stake> Of(const Key& account, TimePoint now) const override;
  [[nodiscard]] int64_t CountBeside(const Stake& stake) const override;
  // This caller's, in this workflow (empty: in any).
  bool Has(std::string_view caller, std::string_view workflow, const Key& account, TimePoint now);

 private:
  using Order = std::pair<TimePoint, std::string>;  // end and id
  static constexpr size_t kParts = 64;
  // The latest end of each account's stakes, apart from the rest: for Any.
  struct Ends {
    mutable Mutex mutex;
    absl::flat_hash_map<Key, TimePoint> latest ABSL_GUARDED_BY(mutex);
  };

  absl::StatusOr<Stake> PlanLocked(Stake stake, size_t coming, TimePoint now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Insert(const Stake& stake) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckEnd(TimePoint end, TimePoint now) const;
  void ForgetEnded(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] static size_t PartOf(const Key& account) { return account.low % kParts; }

  const Limits limits_;
  RandomSource& random_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Stake> by_id_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::string> id_of_identity_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, std::vector<std::string>> of_account_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::set<Order>> of_caller_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int64_t> in_workflow_ ABSL_GUARDED_BY(mutex_);  // how many
  std::set<Order> ends_ ABSL_GUARDED_BY(mutex_);
  std::array<Ends, kParts> latest_ends_;
};

}  // namespace latchkey
