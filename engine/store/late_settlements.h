// Settles later what the store could not be told of at the time.
//
// A caller whose login is complete is told so even when this node cannot reach the store; the charge must be
// given back all the same, or an owner pays for each of his logins while one node is cut off. What failed is
// kept, in order, for as long as the attempt's token lives (afterwards the charge stands), and tried again by
// Step. Settling twice counts once, so it does not matter whether the first try was executed.
//
// What waits is lost with the node; the charges then stand, which is the careful side. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/store/forwarding_store.h"

namespace latchkey {

class LateSettlements final : public ForwardingStore {
 public:
  // One more than so many is not kept.
  static constexpr size_t kWaitingMax = 100'000;
  static constexpr size_t kInFlightMax = 64;
  static constexpr Duration kDeadline = std::chrono::seconds(1);  // of one later try

  struct Counts {
    size_t waiting = 0;
    uint64_t settled = 0;  // later
    uint64_t dropped = 0;  // their time was over, or too many waited
  };

  // Both outlive it and the store's late answers.
  LateSettlements(SignalStore& store, const Clock& clock)
      : ForwardingStore(store), clock_(clock), state_(std::make_shared<State>()) {}

  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;

  // Tries some of what waits. To be called while the store can be asked.
  void Step();

  [[nodiscard]] Counts counts() const;

 private:
  struct Waiting {
    ShardKeys keys;
    std::shared_ptr<const SettleRequest> request;
    TimePoint until;
  };
  struct State {
    Mutex mutex;
    std::deque<Waiting> waiting ABSL_GUARDED_BY(mutex);
    size_t in_flight ABSL_GUARDED_BY(mutex) = 0;
    uint64_t settled ABSL_GUARDED_BY(mutex) = 0;
    uint64_t dropped ABSL_GUARDED_BY(mutex) = 0;
    void Keep(Waiting waiting) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  };

  const Clock& clock_;
  const std::shared_ptr<State> state_;  // late answers need it
};

}  // namespace latchkey
