#include "adapters/metrics/metered_signal_store.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>

namespace latchkey {

MeteredSignalStore::MeteredSignalStore(SignalStore& store, prometheus::Registry& registry) : store_(store) {
  const prometheus::Histogram::BucketBoundaries bounds = {1e-6,   1e-5, 1e-4, 2.5e-4, 5e-4, 1e-3,
                                                          2.5e-3, 5e-3, 1e-2, 2.5e-2, 0.1,  1};
  auto& durations = prometheus::BuildHistogram()
                        .Name("latchkey_store_duration_seconds")
                        .Help("Time until the store answered")
                        .Register(registry);
  auto& errors = prometheus::BuildCounter()
                     .Name("latchkey_store_errors_total")
                     .Help("Calls that the store could not answer")
                     .Register(registry);
  constexpr std::array<const char*, kOps> kNames = {"charge", "settle", "update", "read"};
  for (size_t op = 0; op < kOps; ++op) {
    durations_[op] = &durations.Add({{"op", kNames[op]}}, bounds);
    errors_[op] = &errors.Add({{"op", kNames[op]}});
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
    Op op, std::function<void(absl::StatusOr<Result>)> done) {
  const auto start = std::chrono::steady_clock::now();
  return [this, op, start, done = std::move(done)](absl::StatusOr<Result>&& result) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    durations_[op]->Observe(seconds.count());
    if (!result.ok()) errors_[op]->Increment();
    available_->Set(result.ok() ? 1 : 0);
    done(std::move(result));
  };
}

void MeteredSignalStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                                Duration deadline, std::function<void(absl::StatusOr<ChargeResult>)> done) {
  store_.Charge(keys, std::move(request), deadline, Timed(kCharge, std::move(done)));
}

void MeteredSignalStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                                Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  store_.Settle(keys, std::move(request), deadline, Timed(kSettle, std::move(done)));
}

void MeteredSignalStore::Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
                                std::function<void(absl::StatusOr<Record>)> done) {
  store_.Update(key, std::move(change), keep, deadline, Timed(kUpdate, std::move(done)));
}

void MeteredSignalStore::Read(const ShardKeys& keys, Duration deadline,
                              std::function<void(absl::StatusOr<ShardRecords>)> done) {
  store_.Read(keys, deadline, Timed(kRead, std::move(done)));
}

}  // namespace latchkey
