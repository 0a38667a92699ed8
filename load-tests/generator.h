// Sends calls to a server over several connections and measures them.
//
// Closed loop: a fixed number of calls in flight, each followed by the next: how much a server can do at
// most. Open loop: calls at a constant rate whatever the answers do, each measured from the moment it was
// meant to be sent: a server (or a generator) that falls behind shows it in full.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "load-tests/histogram.h"
#include "load-tests/workload.h"

namespace latchkey::load {

struct Load {
  int connections = 4;
  int in_flight = 128;   // of the closed loop, over all connections
  int frame_items = 64;  // of one frame of Converse
  double rate = 1000;    // of the open loop, attempts a second
  // How the rate goes up and down in the open loop, as multiples of it, one after the other; empty: constant.
  std::vector<double> pace;
  int64_t first = 0;     // the number of the first attempt
  int64_t attempts = 0;  // of the loop over Converse: it ends after so many answers; 0: with its time
  Nanos warm_up = std::chrono::milliseconds(500);
  Nanos measured = std::chrono::seconds(3);
  Nanos timeout = std::chrono::seconds(2);  // of one call
};

// What one crowd was answered.
struct CrowdTally {
  int64_t assessed = 0;
  int64_t allowed = 0;
  Histogram latency;  // of Assess
};

// What was seen while measuring.
struct Tally {
  Histogram latency;                 // of calls that were answered
  int64_t answered = 0;              // Assess and Report
  int64_t reported = 0;              // Report alone
  std::array<int64_t, 5> actions{};  // of Assess, by number of v1::Action
  int64_t degraded = 0;              // of Assess: answered without the store
  std::map<int, int64_t> errors;     // by gRPC status code
  std::vector<CrowdTally> crowds;    // in the workload's order, where it has several
  Nanos late_max{0};                 // open loop: how much later than meant a call was sent, at worst
  Nanos span{0};                     // how long was measured

  [[nodiscard]] int64_t failed() const;
  [[nodiscard]] double per_second() const;
  [[nodiscard]] double allowed_share() const;  // of Assess; 0 to 1
};

// Logs in with the accounts of all crowds that have devices, and brings their tokens to the workload. Nothing
// where there are none. kUnavailable when a call fails.
absl::Status PrepareDevices(const std::string& address, const Load& load, Workload* workload);

// `on_edge` is called when measuring begins and again when it ends, to read other clocks at those moments.
// kUnavailable when no connection comes about.
absl::StatusOr<Tally> RunClosedLoop(const std::string& address, const Workload& workload, const Load& load,
                                    const std::function<void()>& on_edge);
absl::StatusOr<Tally> RunOpenLoop(const std::string& address, const Workload& workload, const Load& load,
                                  const std::function<void()>& on_edge);

}  // namespace latchkey::load
