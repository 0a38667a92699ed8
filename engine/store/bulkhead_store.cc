#include "engine/store/bulkhead_store.h"

#include <optional>
#include <utility>

namespace latchkey {

void BulkheadStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                           Duration deadline, std::function<void(absl::StatusOr<ChargeResult>)> done) {
  if (!request->lanes.empty() && request->lanes.front().lane <= Lane::kRecovered) {
    device_at_.store(stopwatch_().count(), std::memory_order_relaxed);
    return store_.Charge(keys, std::move(request), deadline, std::move(done));
  }
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() < options_.waiting_max) {
      waiting_.push_back({keys, std::move(request), clock_.Now() + deadline, std::move(done)});
      done = nullptr;
    } else {
      ++held_back_;
    }
  }
  if (done) return done(absl::ResourceExhaustedError("not sent: too many strangers wait for the store"));
  Drain();
}

FlightLimit& BulkheadStore::Limit() {
  const std::chrono::nanoseconds device_at(device_at_.load(std::memory_order_relaxed));
  return stopwatch_() - device_at < kAloneAfter ? attended_ : alone_;
}

void BulkheadStore::Drain() {
  {
    const MutexLock lock(mutex_);
    if (draining_) return;
    draining_ = true;
  }
  while (true) {
    std::optional<Waiting> next;
    bool expired = false;
    FlightLimit* limit = nullptr;
    size_t under_way = 0;
    {
      const MutexLock lock(mutex_);
      expired = !waiting_.empty() && waiting_.front().until <= clock_.Now();
      if (!waiting_.empty()) limit = &Limit();
      if (waiting_.empty() || (in_flight_ >= limit->now() && !expired)) {
        draining_ = false;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
      if (expired) {
        ++held_back_;
      } else {
        under_way = ++in_flight_;
      }
    }
    if (expired) {
      next->done(absl::DeadlineExceededError("not sent: too many strangers wait for the store"));
    } else {
      Send(*std::move(next), *limit, under_way);
    }
  }
}

void BulkheadStore::Send(Waiting next, FlightLimit& limit, size_t under_way) {
  const Duration left = next.until - clock_.Now();
  store_.Charge(next.keys, std::move(next.request), std::max(left, Duration(1)),
                [this, &limit, under_way, sent = stopwatch_(),
                 done = std::move(next.done)](absl::StatusOr<ChargeResult>&& result) {
                  {
                    const MutexLock lock(mutex_);
                    --in_flight_;
                    if (result.ok()) limit.OnAnswer(stopwatch_() - sent, under_way);
                  }
                  Drain();
                  done(std::move(result));
                });
}

uint64_t BulkheadStore::held_back() const {
  const MutexLock lock(mutex_);
  return held_back_;
}

}  // namespace latchkey
