// The store that counts while the shared one cannot be asked, and brings what it counted back.
//
// Around a local store (which outlives it). A record stays in the local store after it was merged back: a
// node admits its local share once per window, however often the shared store comes and goes, and a policy's
// windows forget what is in it as they do elsewhere.
//
// A record is merged back (engine/signal/merge.h) when nothing in it may still be given back, so that a
// report finds each reservation in one place: an account's when its reservations are settled or over, a
// network's when the attempt token's life has passed since it was last charged. What a node counted and had
// not merged when it ended is lost with it.
//
// Thread-safe; Step is for one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "engine/base/mutex.h"
#include "engine/policy/holder.h"
#include "engine/store/forwarding_store.h"
#include "engine/store/restorer.h"

namespace latchkey {

class FallbackStore final : public ForwardingStore {
 public:
  // At most so many records wait to be merged; what is more stays counted here only.
  static constexpr size_t kWaitingMax = 200'000;

  struct Counts {
    size_t waiting = 0;
    uint64_t merged = 0;
    uint64_t dropped = 0;  // found no place to wait in
  };

  FallbackStore(SignalStore& local, Duration token_life);

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;

  // Merges some of what waits into `shared`, which can be asked (its calls may complete after this returns,
  // and it outlives them). `now`: this node's clock.
  void Step(SignalStore& shared, const PolicyHolder& policies, const PaceOptions& pace, TimePoint now);

  [[nodiscard]] Counts counts() const;

 private:
  struct Waiting {
    TimePoint due;
    uint64_t version = 0;  // counts changes
  };
  struct State {
    Mutex mutex;
    absl::flat_hash_map<RecordKey, Waiting> waiting ABSL_GUARDED_BY(mutex);
    std::deque<RecordKey> queue ABSL_GUARDED_BY(mutex);  // the keys of `waiting` that are not being merged
    size_t in_flight ABSL_GUARDED_BY(mutex) = 0;
    uint64_t merged ABSL_GUARDED_BY(mutex) = 0;
    uint64_t dropped ABSL_GUARDED_BY(mutex) = 0;
    void Add(const RecordKey& key, TimePoint due) ABSL_LOCKS_EXCLUDED(mutex);
  };

  const Duration token_life_;
  const std::shared_ptr<State> state_;  // late completions need it
};

}  // namespace latchkey
