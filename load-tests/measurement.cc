#include "load-tests/measurement.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "load-tests/connections.h"
#include "load-tests/converse_loop.h"
#include "load-tests/redis_probe.h"

namespace latchkey::load {
namespace {

double Micros(Nanos span) { return static_cast<double>(span.count()) / 1e3; }

double Over(double amount, int64_t count) { return count > 0 ? amount / static_cast<double>(count) : 0; }

template <typename Figure>
double Median(const std::vector<Measurement>& rounds, Figure figure) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const Measurement& round : rounds) values.push_back(figure(round));
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Sends one call and waits for it.
grpc::Status Await(grpc::CompletionQueue& queue, const Exchange& exchange) {
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return exchange.status();
}

}  // namespace

double Measurement::cpu_us_per_request() const { return Over(Micros(server_cpu), tally.answered); }

double Measurement::redis_us_per_request() const { return Over(Micros(redis_cpu), tally.answered); }

double Measurement::requests_per_cpu_second() const {
  return server_cpu > Nanos::zero() ? static_cast<double>(tally.answered) * 1e6 / Micros(server_cpu) : 0;
}

double Measurement::server_busy() const {
  return tally.span > Nanos::zero() ? Micros(server_cpu) / Micros(tally.span) : 0;
}

absl::StatusOr<Measurement> Measure(SubjectKind kind, Loop loop, const Programs& programs,
                                    const Workload& workload, const Load& load) {
  const auto subject = Subject::Start(kind, programs);
  if (!subject.ok()) return subject.status();
  std::vector<Nanos> server;
  std::vector<Nanos> redis;
  const auto on_edge = [&] {
    server.push_back((*subject)->ServerCpu());
    redis.push_back((*subject)->RedisCpu());
  };
  const auto run = loop == Loop::kClosed ? RunClosedLoop
                   : loop == Loop::kOpen ? RunOpenLoop
                                         : RunConverseLoop;
  auto tally = run((*subject)->address(), workload, load, on_edge);
  if (!tally.ok()) return tally.status();
  if (server.size() != 2) return absl::InternalError("nothing was measured");
  return Measurement{
      .tally = *std::move(tally), .server_cpu = server[1] - server[0], .redis_cpu = redis[1] - redis[0]};
}

Summary Summarize(SubjectKind kind, const std::vector<Measurement>& rounds) {
  Summary summary{.kind = kind, .rounds = static_cast<int>(rounds.size())};
  summary.requests_per_second = Median(rounds, [](const Measurement& m) { return m.tally.per_second(); });
  summary.cpu_us_per_request = Median(rounds, [](const Measurement& m) { return m.cpu_us_per_request(); });
  summary.redis_us_per_request =
      Median(rounds, [](const Measurement& m) { return m.redis_us_per_request(); });
  summary.requests_per_cpu_second =
      Median(rounds, [](const Measurement& m) { return m.requests_per_cpu_second(); });
  summary.server_busy = Median(rounds, [](const Measurement& m) { return m.server_busy(); });
  summary.allowed_share = Median(rounds, [](const Measurement& m) { return m.tally.allowed_share(); });
  for (const Measurement& round : rounds) {
    summary.answered += round.tally.answered;
    summary.failed += round.tally.failed();
    summary.late_max = std::max(summary.late_max, round.tally.late_max);
    summary.latency.Merge(round.tally.latency);
  }
  return summary;
}

absl::StatusOr<RedisCommands> MeasureRedisCommands(const Programs& programs) {
  constexpr int kCalls = 200;
  const auto subject = Subject::Start(SubjectKind::kRedis, programs);
  if (!subject.ok()) return subject.status();
  const auto connections = Connections::Open((*subject)->address(), 1);
  if (!connections.ok()) return connections.status();
  auto shape = FindWorkload("login");
  if (!shape.ok()) return shape.status();
  shape->accounts = 2 * kCalls;
  const Workload workload(*shape);

  grpc::CompletionQueue queue;
  std::vector<Exchange> exchanges(kCalls);
  grpc::Status status;
  const auto assess_all = [&](int first) {
    for (int i = 0; i < kCalls && status.ok(); ++i) {
      Exchange& exchange = exchanges[static_cast<size_t>(i)];
      exchange.Assess((*connections)->Pick(0), workload.Request(first + i), std::chrono::steady_clock::now(),
                      std::chrono::seconds(5), queue);
      status = Await(queue, exchange);
    }
  };
  const auto report_all = [&] {
    for (Exchange& exchange : exchanges) {
      if (!status.ok()) return;
      exchange.Report((*connections)->Pick(0), v1::OUTCOME_LOGIN_COMPLETE, std::chrono::steady_clock::now(),
                      std::chrono::seconds(5), queue);
      status = Await(queue, exchange);
    }
  };
  // Once before, so that scripts are loaded and connections are up.
  assess_all(0);
  report_all();
  const auto assessed = CountRedisCommands((*subject)->redis_port(), [&] { assess_all(kCalls); });
  const auto reported = CountRedisCommands((*subject)->redis_port(), report_all);
  if (!status.ok())
    return absl::UnavailableError(absl::StrCat("a call has failed: ", status.error_message()));
  if (!assessed.ok()) return assessed.status();
  if (!reported.ok()) return reported.status();

  RedisCommands commands;
  std::set<std::string> names;
  for (const auto& [name, count] : *assessed) {
    commands.per_assess += static_cast<double>(count) / kCalls;
    names.insert(name);
  }
  for (const auto& [name, count] : *reported) {
    commands.per_report += static_cast<double>(count) / kCalls;
    names.insert(name);
  }
  commands.names.assign(names.begin(), names.end());
  return commands;
}

}  // namespace latchkey::load
