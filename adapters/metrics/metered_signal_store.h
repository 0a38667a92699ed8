// A store whose calls are timed and whose failures are counted, around another.
#pragma once

#include <array>
#include <atomic>

#include "engine/stats/latency.h"
#include "engine/store/forwarding_store.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace latchkey {

// Thread-safe. What it is built from must outlive it.
//   latchkey_store_errors_total{op}  latchkey_store_available (0 or 1); durations go to the board
class MeteredSignalStore final : public ForwardingStore {
 public:
  MeteredSignalStore(SignalStore& store, LatencyBoard& board, prometheus::Registry& registry);

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override;
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override;

 private:
  template <typename Result>
  std::function<void(absl::StatusOr<Result>)> Timed(TimedOp op,
                                                    std::function<void(absl::StatusOr<Result>)> done);

  LatencyBoard& board_;
  std::array<prometheus::Counter*, kTimedOps> errors_{};
  prometheus::Gauge* available_ = nullptr;
  std::atomic<bool> was_available_{true};
};

}  // namespace latchkey
