#include "load-tests/measurement.h"

#include <algorithm>

#include "load-tests/converse_loop.h"

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

}  // namespace

double Measurement::cpu_us_per_request() const { return Over(Micros(server_cpu), tally.answered); }

double Measurement::redis_us_per_request() const { return Over(Micros(redis_cpu), tally.answered); }

double Measurement::requests_per_cpu_second() const {
  return server_cpu > Nanos::zero() ? static_cast<double>(tally.answered) * 1e6 / Micros(server_cpu) : 0;
}

double Measurement::cpu_us_per_login() const { return Over(Micros(server_cpu + redis_cpu), tally.reported); }

double Measurement::server_us_per_login() const { return Over(Micros(server_cpu), tally.reported); }

double Measurement::redis_us_per_login() const { return Over(Micros(redis_cpu), tally.reported); }

double Measurement::server_busy() const {
  return tally.span > Nanos::zero() ? Micros(server_cpu) / Micros(tally.span) : 0;
}

absl::StatusOr<Measurement> Measure(SubjectKind kind, Loop loop, const Programs& programs,
                                    const Workload& workload, const Load& load) {
  const auto subject = Subject::Start(kind, programs);
  if (!subject.ok()) return subject.status();
  return MeasureOn(**subject, loop, workload, load);
}

absl::StatusOr<Measurement> MeasureOn(const Subject& subject, Loop loop, const Workload& workload,
                                      const Load& load) {
  Workload equipped = workload;
  if (absl::Status status = PrepareDevices(subject.address(), load, &equipped); !status.ok()) return status;
  std::vector<Nanos> server;
  std::vector<Nanos> redis;
  const auto on_edge = [&] {
    server.push_back(subject.ServerCpu());
    redis.push_back(subject.RedisCpu());
  };
  const auto run = loop == Loop::kClosed ? RunClosedLoop
                   : loop == Loop::kOpen ? RunOpenLoop
                                         : RunConverseLoop;
  auto tally = run(subject.address(), equipped, load, on_edge);
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

}  // namespace latchkey::load
