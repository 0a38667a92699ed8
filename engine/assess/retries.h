// Makes a retried Assess safe: the same request id of the same caller for the same attempt is answered as
// before, at most twice more, for ten seconds, never after its Report.
//
// Thread-safe, bounded.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/decision.h"
#include "engine/attempt/key.h"
#include "engine/base/mutex.h"

namespace latchkey {

class Retries {
 public:
  static constexpr Duration kLife = std::chrono::seconds(10);
  static constexpr int kRepeatsMax = 2;
  static constexpr size_t kEntriesMax = 65536;

  // The earlier answer, if this is a retry that may have it.
  [[nodiscard]] std::optional<Decision> Find(const Key& request, TimePoint now);
  void Remember(const Key& request, const Decision& decision, TimePoint now);
  // The attempt was reported: no retry of it is answered any more.
  void Forget(uint64_t decision_id);

 private:
  struct Entry {
    Decision decision;
    TimePoint expires;
    int repeats = 0;
  };
  void Expire(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<bool> used_{false};  // once anything was remembered: many callers never send a request id
  Mutex mutex_;
  absl::flat_hash_map<Key, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, Key> by_decision_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<TimePoint, Key>> order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
