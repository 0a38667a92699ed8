#include "adapters/metrics/metered_signal_store.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <chrono>

namespace latchkey {

MeteredSignalStore::MeteredSignalStore(SignalStore& store, LatencyBoard& board,
                                       prometheus::Registry& registry)
    : ForwardingStore(store), board_(board) {
  auto& errors = prometheus::BuildCounter()
                     .Name("latchkey_store_errors_total")
                     .Help("Calls that the store could not answer")
                     .Register(registry);
  for (const auto& [op, name] : {std::pair(TimedOp::kCharge, "charge"), std::pair(TimedOp::kSettle, "settle"),
                                 std::pair(TimedOp::kUpdate, "update"), std::pair(TimedOp::kRead, "read")}) {
    errors_[static_cast<size_t>(op)] = &errors.Add({{"op", name}});
  }
  available_ = &prometheus::BuildGauge()
                    .Name("latchkey_store_available")
                    .Help("1 when the last call to the store was answered")
                    .Register(registry)
                    .Add({});
  available_->Set(1);
}

template <typename Result>
std::function<void(absl::StatusOr<Result>)> MeteredSignalStore::Timed(
    TimedOp op, std::function<void(absl::StatusOr<Result>)> done) {
  const auto start = std::chrono::steady_clock::now();
  return [this, op, start, done = std::move(done)](absl::StatusOr<Result>&& result) {
    board_.Add(op, std::chrono::steady_clock::now() - start);
    if (!result.ok()) errors_[static_cast<size_t>(op)]->Increment();
    // Threads that agree write nothing: the gauge is in every one's way.
    if (was_available_.load(std::memory_order_relaxed) != result.ok()) {
      was_available_.store(result.ok(), std::memory_order_relaxed);
      available_->Set(result.ok() ? 1 : 0);
    }
    done(std::move(result));
  };
}

void MeteredSignalStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                                Duration deadline, std::function<void(absl::StatusOr<ChargeResult>)> done) {
  store_.Charge(keys, std::move(request), deadline, Timed(TimedOp::kCharge, std::move(done)));
}

void MeteredSignalStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                                Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  store_.Settle(keys, std::move(request), deadline, Timed(TimedOp::kSettle, std::move(done)));
}

void MeteredSignalStore::Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
                                std::function<void(absl::StatusOr<Record>)> done) {
  store_.Update(key, std::move(change), keep, deadline, Timed(TimedOp::kUpdate, std::move(done)));
}

void MeteredSignalStore::Read(const ShardKeys& keys, Duration deadline,
                              std::function<void(absl::StatusOr<ShardRecords>)> done) {
  store_.Read(keys, deadline, Timed(TimedOp::kRead, std::move(done)));
}

}  // namespace latchkey
