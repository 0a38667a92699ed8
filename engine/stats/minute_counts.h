// Counts of decisions by minute, for the last 24 hours.
//
// Memory is bounded: 1,441 minutes, each with a fixed table and one number a rule; rules beyond 255 are
// counted together as "other".
//
// Thread-compatible.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/decision.h"
#include "engine/assess/observer.h"
#include "engine/attempt/lane.h"
#include "engine/base/clock.h"

namespace latchkey {

class MinuteCounts {
 public:
  static constexpr int kMinutesKept = 24 * 60;

  // By number; the numbers of actions and of outcomes begin at 1.
  using ActionTable = std::array<std::array<int64_t, kLaneCount>, 5>;
  using OutcomeTable = std::array<int64_t, 7>;
  using ShadowTable = std::array<std::array<int64_t, 5>, 5>;

  struct Totals {
    ActionTable decisions{};  // [action][lane]
    OutcomeTable outcomes{};
    ShadowTable shadow{};  // [what was answered][what a shadowed policy would have]
    int64_t degraded = 0;
    std::vector<std::pair<std::string, int64_t>> rules;  // in the order in which they first refused

    [[nodiscard]] int64_t OfAction(Action action) const;
    [[nodiscard]] int64_t OfLane(Lane lane) const;
    [[nodiscard]] int64_t All() const;
  };

  MinuteCounts() : minutes_(kMinutesKept + 1) {}

  // `rule` is empty when none refused. A time older than what is kept is not counted.
  void AddDecision(Action action, Lane lane, std::string_view rule, bool degraded, TimePoint now);
  void AddShadow(Action answered, Action would, TimePoint now);
  void AddOutcome(Outcome outcome, TimePoint now);

  // Of the whole minutes that begin in [from, to).
  [[nodiscard]] Totals Sum(TimePoint from, TimePoint to) const;

  // The minute that `time` is in.
  [[nodiscard]] static TimePoint MinuteOf(TimePoint time);

 private:
  static constexpr size_t kRulesMax = 256;

  struct Minute {
    int64_t number = -1;  // minutes of Unix time; -1: never used
    ActionTable decisions{};
    OutcomeTable outcomes{};
    ShadowTable shadow{};
    int64_t degraded = 0;
    std::vector<int64_t> rules;  // by index of rule_names_
  };
  Minute* At(TimePoint now);
  size_t RuleIndex(std::string_view rule);

  std::vector<Minute> minutes_;  // a ring, by number modulo its size
  std::vector<std::string> rule_names_;
  absl::flat_hash_map<std::string, size_t> rule_index_;
};

}  // namespace latchkey
