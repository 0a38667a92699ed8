#include "load-tests/generator.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "load-tests/connections.h"
#include "load-tests/schedule.h"
#include "load-tests/window.h"

namespace latchkey::load {
namespace {

using std::chrono::steady_clock;

void Count(const Workload& workload, const Exchange& exchange, Instant now, Tally& tally) {
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
    tally.degraded += exchange.degraded() ? 1 : 0;
    if (tally.crowds.empty()) return;
    CrowdTally& crowd = tally.crowds[workload.CrowdOf(exchange.number)];
    ++crowd.assessed;
    if (exchange.action() == v1::ACTION_ALLOW) ++crowd.allowed;
    crowd.latency.Add(now - exchange.due());
  }
}

// A crowd alone needs no figures of its own.
Tally EmptyTally(const Workload& workload) {
  Tally tally;
  if (workload.shape().crowds.size() > 1) tally.crowds.resize(workload.shape().crowds.size());
  return tally;
}

// Sends the Report that follows this Assess, if one does.
bool FollowUp(const Workload& workload, const Load& load, const Connections& connections, Exchange& exchange,
              Instant now, grpc::CompletionQueue& queue) {
  if (!workload.shape().reports || exchange.reporting() || !exchange.status().ok() ||
      exchange.action() != v1::ACTION_ALLOW) {
    return false;
  }
  exchange.Report(connections.Pick(exchange.number), workload.OutcomeOf(exchange.number), now, load.timeout,
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

absl::Status PrepareDevices(const std::string& address, const Load& load, Workload* workload) {
  const int64_t logins = workload->logins_before();
  if (logins == 0) return absl::OkStatus();
  auto connections = Connections::Open(address, load.connections);
  if (!connections.ok()) return connections.status();
  auto tokens = std::make_shared<Workload::Tokens>(static_cast<size_t>(logins));
  grpc::CompletionQueue queue;
  std::deque<Exchange> exchanges(static_cast<size_t>(std::min<int64_t>(load.in_flight, logins)));
  v1::AssessRequest request;
  int64_t next = 0;
  const auto send = [&](Exchange& exchange) {
    if (next == logins) return false;
    exchange.number = next++;
    workload->FillLogin(exchange.number, &request);
    exchange.Assess((*connections)->Pick(exchange.number), request, steady_clock::now(), load.timeout, queue);
    return true;
  };
  int64_t in_flight = 0;
  for (Exchange& exchange : exchanges) in_flight += send(exchange) ? 1 : 0;
  absl::Status status;
  void* tag = nullptr;
  bool ok = false;
  while (in_flight > 0 && queue.Next(&tag, &ok)) {
    Exchange& exchange = *static_cast<Exchange*>(tag);
    if (!exchange.status().ok()) {
      status =
          absl::UnavailableError(absl::StrCat("a login has failed: ", exchange.status().error_message()));
      next = logins;
    } else if (!exchange.reporting() && exchange.action() == v1::ACTION_ALLOW) {
      exchange.Report((*connections)->Pick(exchange.number), v1::OUTCOME_LOGIN_COMPLETE, steady_clock::now(),
                      load.timeout, queue);
      continue;
    } else {
      (*tokens)[static_cast<size_t>(exchange.number)] = exchange.device_token();
    }
    if (!send(exchange)) --in_flight;
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  workload->BringTokens(std::move(tokens));
  return status;
}

absl::StatusOr<Tally> RunClosedLoop(const std::string& address, const Workload& workload, const Load& load,
                                    const std::function<void()>& on_edge) {
  auto connections = Connections::Open(address, load.connections);
  if (!connections.ok()) return connections.status();
  grpc::CompletionQueue queue;
  std::deque<Exchange> exchanges(static_cast<size_t>(load.in_flight));
  v1::AssessRequest request;
  int64_t next = load.first;
  const auto send = [&](Exchange& exchange) {
    exchange.number = next++;
    workload.Fill(exchange.number, &request);
    exchange.Assess((*connections)->Pick(exchange.number), request, steady_clock::now(), load.timeout, queue);
  };
  for (Exchange& exchange : exchanges) send(exchange);

  Tally tally = EmptyTally(workload);
  Window window(steady_clock::now(), load.warm_up, load.measured, on_edge);
  void* tag = nullptr;
  bool ok = false;
  for (int in_flight = load.in_flight; in_flight > 0 && queue.Next(&tag, &ok);) {
    const Instant now = steady_clock::now();
    Exchange& exchange = *static_cast<Exchange*>(tag);
    const Window::Part part = window.At(now);
    if (part == Window::Part::kMeasuring) Count(workload, exchange, now, tally);
    if (part == Window::Part::kEnding) {
      --in_flight;
    } else if (!FollowUp(workload, load, **connections, exchange, now, queue)) {
      send(exchange);
    }
  }
  tally.span = window.span();
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
  Tally tally = EmptyTally(workload);
  std::atomic<int64_t> in_flight{1};  // One for the sender itself.
  const Schedule schedule(steady_clock::now(), load.rate, load.pace, load.warm_up + load.measured);
  const Instant window_start = schedule.DueTime(0) + load.warm_up;
  const Instant window_end = window_start + load.measured;

  std::thread receiver([&] {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
      const Instant now = steady_clock::now();
      Exchange& exchange = *static_cast<Exchange*>(tag);
      // What was due in the window counts, however late it is answered.
      if (exchange.due() >= window_start && exchange.due() < window_end)
        Count(workload, exchange, now, tally);
      if (FollowUp(workload, load, **connections, exchange, now, queue)) continue;
      pool.Give(exchange);
      if (in_flight.fetch_sub(1) == 1) queue.Shutdown();
    }
  });

  Nanos late_max{0};
  v1::AssessRequest request;
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
    workload.Fill(n, &request);
    exchange.Assess((*connections)->Pick(n), request, due, load.timeout, queue);
  }
  on_edge();
  if (in_flight.fetch_sub(1) == 1) queue.Shutdown();
  receiver.join();
  tally.late_max = late_max;
  tally.span = load.measured;
  return tally;
}

}  // namespace latchkey::load
