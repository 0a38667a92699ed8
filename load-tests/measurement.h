// One subject measured in one round, and what several rounds amount to.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "load-tests/generator.h"
#include "load-tests/subject.h"

namespace latchkey::load {

// kConverse: a closed loop of frames, not of calls.
enum class Loop { kClosed, kOpen, kConverse };

struct Measurement {
  Tally tally;
  Nanos server_cpu{0};  // used while measuring
  Nanos redis_cpu{0};

  [[nodiscard]] double cpu_us_per_request() const;       // of the server alone
  [[nodiscard]] double redis_us_per_request() const;     // of its Redis
  [[nodiscard]] double requests_per_cpu_second() const;  // of the server alone
  [[nodiscard]] double server_busy() const;              // processors kept busy on average
  // Of the server and its Redis for each attempt that was assessed and reported; 0 without any.
  [[nodiscard]] double cpu_us_per_login() const;
  [[nodiscard]] double server_us_per_login() const;  // of the server alone
  [[nodiscard]] double redis_us_per_login() const;   // of its Redis
};

// Starts the subject afresh, lets the crowds with devices log in, drives it, ends it.
absl::StatusOr<Measurement> Measure(SubjectKind kind, Loop loop, const Programs& programs,
                                    const Workload& workload, const Load& load);
// The same on a subject that is there already.
absl::StatusOr<Measurement> MeasureOn(const Subject& subject, Loop loop, const Workload& workload,
                                      const Load& load);

// The medians of several rounds, each figure by itself; latencies of all rounds together.
struct Summary {
  SubjectKind kind = SubjectKind::kFloor;
  int rounds = 0;
  double requests_per_second = 0;
  double cpu_us_per_request = 0;
  double redis_us_per_request = 0;
  double requests_per_cpu_second = 0;
  double server_busy = 0;
  double allowed_share = 0;
  int64_t answered = 0;
  int64_t failed = 0;
  Nanos late_max{0};
  Histogram latency;
};

// Requires: at least one round.
Summary Summarize(SubjectKind kind, const std::vector<Measurement>& rounds);

}  // namespace latchkey::load
