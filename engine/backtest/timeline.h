// Events in the order of their time, each attempt beside what came of it.
//
// A window of what was read lately is kept: events within it are sorted, and a report that is in it is known
// before its attempt is played. What is older than all that was played already is late: it is played at once.
// Everything is bounded, whatever the recording's length.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/backtest/replay_engine.h"
#include "engine/recording/event.h"

namespace latchkey {

struct TimelineCounts {
  int64_t attempts = 0;
  int64_t reports = 0;
  int64_t out_of_order = 0;  // sorted into their place
  int64_t late = 0;          // too late for that
  int64_t twice = 0;         // attempts that were there already; left out
  int64_t unmatched = 0;     // reports of attempts that are not in the recording, or long gone
};

// An attempt on its way through the replay.
struct Played {
  RecordedAttempt attempt;
  std::optional<RecordedOutcome> outcome;  // the latest that was reported
  bool taken = false;                      // the engines took it
  bool judged = false;                     // what it says of owners and attackers is counted
  Replayed before;
  Replayed after;
};

// Not thread-safe.
class Timeline {
 public:
  struct Bounds {
    Duration window = std::chrono::minutes(2);
    size_t events_max = 65'536;
  };
  struct Step {
    enum class Kind : uint8_t { kAttempt, kReport } kind = Kind::kAttempt;
    TimePoint at;
    std::shared_ptr<Played> played;
    std::optional<RecordedOutcome> outcome;  // of a report
  };

  explicit Timeline(Bounds bounds) : bounds_(bounds) {}

  // An attempt with a decision's number that is known already is there twice; zero is never known.
  void Add(RecordedAttempt attempt);
  void Add(RecordedOutcome outcome);

  // The next step that nothing read later is expected to precede; with `all`, whatever is left.
  std::optional<Step> Next(bool all);

  [[nodiscard]] const TimelineCounts& counts() const { return counts_; }

 private:
  struct Item {
    Step step;
    uint64_t serial = 0;
    bool operator>(const Item& other) const {
      return step.at != other.step.at ? step.at > other.step.at : serial > other.serial;
    }
  };
  void Push(Step step);

  const Bounds bounds_;
  TimelineCounts counts_;
  std::priority_queue<Item, std::vector<Item>, std::greater<>> items_;
  absl::flat_hash_map<uint64_t, std::shared_ptr<Played>> by_decision_;
  std::deque<uint64_t> decisions_;  // oldest first
  uint64_t serial_ = 0;
  TimePoint newest_ = TimePoint::min();
  TimePoint played_ = TimePoint::min();
};

}  // namespace latchkey
