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
  const TimePoint now = clock_.Now();
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() < options_.waiting_max) {
      waiting_.push_back({keys, std::move(request), now + deadline, std::move(done)});
      done = nullptr;
    } else {
      ++held_back_;
    }
  }
  if (done) return done(absl::ResourceExhaustedError(kHeldBack));
  Drain(now, stopwatch_());
}

FlightLimit& BulkheadStore::Limit(std::chrono::nanoseconds time) {
  const std::chrono::nanoseconds device_at(device_at_.load(std::memory_order_relaxed));
  return time - device_at < kAloneAfter ? attended_ : alone_;
}

void BulkheadStore::Drain(TimePoint now, std::chrono::nanoseconds time) {
  for (bool mine = false;; mine = true) {
    std::optional<Waiting> next;
    bool expired = false;
    FlightLimit* limit = nullptr;
    size_t under_way = 0;
    {
      const MutexLock lock(mutex_);
      if (!mine && draining_) return;
      expired = !waiting_.empty() && waiting_.front().until <= now;
      if (!waiting_.empty()) limit = &Limit(time);
      draining_ = limit != nullptr && (in_flight_ < limit->now() || expired);
      if (!draining_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      if (expired) {
        ++held_back_;
      } else {
        under_way = ++in_flight_;
      }
    }
    if (expired) {
      next->done(absl::DeadlineExceededError(kHeldBack));
    } else {
      const Duration left = next->until - now;
      Send(*std::move(next), left, *limit, under_way, time);
    }
  }
}

void BulkheadStore::Send(Waiting next, Duration left, FlightLimit& limit, size_t under_way,
                         std::chrono::nanoseconds sent) {
  store_.Charge(
      next.keys, std::move(next.request), std::max(left, Duration(1)),
      [this, &limit, under_way, sent, done = std::move(next.done)](absl::StatusOr<ChargeResult>&& result) {
        const std::chrono::nanoseconds time = stopwatch_();
        bool more = false;
        {
          const MutexLock lock(mutex_);
          --in_flight_;
          if (result.ok()) limit.OnAnswer(time - sent, under_way);
          more = !waiting_.empty();
        }
        if (more) Drain(clock_.Now(), time);
        done(std::move(result));
      });
}

uint64_t BulkheadStore::held_back() const {
  const MutexLock lock(mutex_);
  return held_back_;
}

}  // namespace latchkey
