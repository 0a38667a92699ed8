#include "load-tests/generator.h"

#include <atomic>
#include <deque>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "load-tests/connections.h"
#include "load-tests/schedule.h"

namespace latchkey::load {
namespace {

using std::chrono::steady_clock;

void Count(const Exchange& exchange, Instant now, Tally& tally) {
  if (!exchange.status().ok()) {
    ++tally.errors[exchange.status().error_code()];
    return;
  }
  tally.latency.Add(now - exchange.due());
  ++tally.answered;
  if (exchange.reporting()) {
    ++tally.reported;
  } else {
    ++tally.actions[static_cast<size_t>(exchange.action()) % tally.actions.size()];
  }
}

// Sends the Report that follows this Assess, if one does.
bool FollowUp(const Workload& workload, const Load& load, const Connections& connections, Exchange& exchange,
              Instant now, grpc::CompletionQueue& queue) {
  if (!workload.shape().reports || exchange.reporting() || !exchange.status().ok() ||
      exchange.action() != v1::ACTION_ALLOW) {
    return false;
  }
  exchange.Report(connections.Pick(exchange.number), Workload::OutcomeOf(exchange.number), now, load.timeout,
                  queue);
  return true;
}

// Exchanges that are not in flight. Grows with what is in flight at most, which timeouts bound.
class Pool {
 public:
  Exchange& Take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return all_.emplace_back();
    Exchange& exchange = *free_.back();
    free_.pop_back();
    return exchange;
  }
  void Give(Exchange& exchange) {
    const std::lock_guard lock(mutex_);
    free_.push_back(&exchange);
  }

 private:
  std::mutex mutex_;
  std::deque<Exchange> all_;
  std::vector<Exchange*> free_;
};

}  // namespace

int64_t Tally::failed() const {
  return std::accumulate(errors.begin(), errors.end(), int64_t{0},
                         [](int64_t sum, const auto& error) { return sum + error.second; });
}

double Tally::per_second() const {
  return span > Nanos::zero() ? static_cast<double>(answered) * 1e9 / static_cast<double>(span.count()) : 0;
}

double Tally::allowed_share() const {
  const int64_t assessed = answered - reported;
  return assessed > 0 ? static_cast<double>(actions[v1::ACTION_ALLOW]) / static_cast<double>(assessed) : 0;
}

absl::StatusOr<Tally> RunClosedLoop(const std::string& address, const Workload& workload, const Load& load,
                                    const std::function<void()>& on_edge) {
  auto connections = Connections::Open(address, load.connections);
  if (!connections.ok()) return connections.status();
  grpc::CompletionQueue queue;
  std::deque<Exchange> exchanges(static_cast<size_t>(load.in_flight));
  int64_t next = 0;
  const auto send = [&](Exchange& exchange) {
    exchange.number = next++;
    exchange.Assess((*connections)->Pick(exchange.number), workload.Request(exchange.number),
                    steady_clock::now(), load.timeout, queue);
  };
  for (Exchange& exchange : exchanges) send(exchange);

  Tally tally;
  const Instant start = steady_clock::now();
  Instant window_start = start;
  enum { kWarmingUp, kMeasuring, kEnding } phase = kWarmingUp;
  void* tag = nullptr;
  bool ok = false;
  for (int in_flight = load.in_flight; in_flight > 0 && queue.Next(&tag, &ok);) {
    const Instant now = steady_clock::now();
    Exchange& exchange = *static_cast<Exchange*>(tag);
    if (phase == kWarmingUp && now >= start + load.warm_up) {
      phase = kMeasuring;
      window_start = now;
      on_edge();
    } else if (phase == kMeasuring && now >= window_start + load.measured) {
      phase = kEnding;
      on_edge();
      tally.span = now - window_start;
    }
    if (phase == kMeasuring) Count(exchange, now, tally);
    if (phase == kEnding) {
      --in_flight;
    } else if (!FollowUp(workload, load, **connections, exchange, now, queue)) {
      send(exchange);
    }
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return tally;
}

absl::StatusOr<Tally> RunOpenLoop(const std::string& address, const Workload& workload, const Load& load,
                                  const std::function<void()>& on_edge) {
  auto connections = Connections::Open(address, load.connections);
  if (!connections.ok()) return connections.status();
  grpc::CompletionQueue queue;
  Pool pool;
  Tally tally;
  std::atomic<int64_t> in_flight{1};  // One for the sender itself.
  const Schedule schedule(steady_clock::now(), load.rate);
  const Instant window_start = schedule.DueTime(0) + load.warm_up;
  const Instant window_end = window_start + load.measured;

  std::thread receiver([&] {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
      const Instant now = steady_clock::now();
      Exchange& exchange = *static_cast<Exchange*>(tag);
      // What was due in the window counts, however late it is answered.
      if (exchange.due() >= window_start && exchange.due() < window_end) Count(exchange, now, tally);
      if (FollowUp(workload, load, **connections, exchange, now, queue)) continue;
      pool.Give(exchange);
      if (in_flight.fetch_sub(1) == 1) queue.Shutdown();
    }
  });

  Nanos late_max{0};
  bool measuring = false;
  for (int64_t n = 0;; ++n) {
    const Instant due = schedule.DueTime(n);
    if (due >= window_end) break;
    std::this_thread::sleep_until(due);
    if (due >= window_start) {
      if (!measuring) on_edge();
      measuring = true;
      late_max = std::max(late_max, Nanos{steady_clock::now() - due});
    }
    Exchange& exchange = pool.Take();
    exchange.number = n;
    in_flight.fetch_add(1);
    exchange.Assess((*connections)->Pick(n), workload.Request(n), due, load.timeout, queue);
  }
  on_edge();
  if (in_flight.fetch_sub(1) == 1) queue.Shutdown();
  receiver.join();
  tally.late_max = late_max;
  tally.span = load.measured;
  return tally;
}

}  // namespace latchkey::load
