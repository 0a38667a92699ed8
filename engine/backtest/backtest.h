// Replays what was recorded through the real engine under a new policy, and compares.
//
// "Before" is what was answered then, or what a second engine answers under another policy; for a log that
// knows no answers, everything was let through. An attempt that was refused then was never checked: should it
// be let through now, its outcome is unknown and its charge stands, as of any attempt never reported.
#pragma once

#include <memory>
#include <optional>

#include "engine/backtest/findings.h"
#include "engine/backtest/replay_engine.h"
#include "engine/backtest/timeline.h"

namespace latchkey {

// Not thread-safe. Memory is bounded by the timeline's window, the stores and the lists of findings.
class Backtest {
 public:
  // `current`: null to compare with what was recorded.
  Backtest(const ReplayPorts& ports, std::shared_ptr<const Policy> policy,
           std::shared_ptr<const Policy> current, Timeline::Bounds bounds);

  void Add(RecordedEvent event);
  // Nothing more will be added.
  void End();

  [[nodiscard]] const Findings& findings() const { return findings_; }
  [[nodiscard]] const TimelineCounts& counts() const { return timeline_.counts(); }
  // Of what was played; absent before.
  [[nodiscard]] std::optional<TimePoint> first() const { return first_; }
  [[nodiscard]] TimePoint last() const { return clock_.Now(); }

 private:
  void Play(bool all);
  void PlayAttempt(Played& played);
  void PlayReport(Played& played, const RecordedOutcome& outcome);

  ReplayClock clock_;
  ReplayEngine after_;
  std::optional<ReplayEngine> before_;
  Timeline timeline_;
  Findings findings_;
  std::optional<TimePoint> first_;
};

}  // namespace latchkey
