#include "engine/stats/minute_counts.h"

#include <algorithm>

#include "engine/base/text.h"

namespace latchkey {
namespace {

int64_t NumberOf(TimePoint time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

}  // namespace

int64_t MinuteCounts::Totals::OfAction(Action action) const {
  int64_t sum = 0;
  for (const int64_t count : decisions[static_cast<size_t>(action)]) sum += count;
  return sum;
}

int64_t MinuteCounts::Totals::OfLane(Lane lane) const {
  int64_t sum = 0;
  for (const auto& lanes : decisions) sum += lanes[static_cast<size_t>(lane)];
  return sum;
}

int64_t MinuteCounts::Totals::All() const {
  int64_t sum = 0;
  for (const Lane lane : kAllLanes) sum += OfLane(lane);
  return sum;
}

void MinuteCounts::AddDecision(Action action, Lane lane, std::string_view rule, bool degraded,
                               TimePoint now) {
  Minute* minute = At(now);
  if (minute == nullptr) return;
  ++minute->decisions[static_cast<size_t>(action)][static_cast<size_t>(lane)];
  if (degraded) ++minute->degraded;
  if (rule.empty()) return;
  const size_t index = RuleIndex(rule);
  if (minute->rules.size() <= index) minute->rules.resize(index + 1);
  ++minute->rules[index];
}

void MinuteCounts::AddShadow(Action answered, Action would, TimePoint now) {
  if (Minute* minute = At(now)) ++minute->shadow[static_cast<size_t>(answered)][static_cast<size_t>(would)];
}

void MinuteCounts::AddOutcome(Outcome outcome, TimePoint now) {
  if (Minute* minute = At(now)) ++minute->outcomes[static_cast<size_t>(outcome)];
}

MinuteCounts::Totals MinuteCounts::Sum(TimePoint from, TimePoint to) const {
  Totals totals;
  std::vector<int64_t> rules(rule_names_.size());
  const int64_t first = NumberOf(from + std::chrono::minutes(1) - Duration(1));  // begins at or after `from`
  const int64_t end = NumberOf(to + std::chrono::minutes(1) - Duration(1));
  const auto add = [&](const Minute& minute) {
    for (size_t action = 0; action < totals.decisions.size(); ++action) {
      for (size_t lane = 0; lane < kLaneCount; ++lane) {
        totals.decisions[action][lane] += minute.decisions[action][lane];
      }
    }
    for (size_t answered = 0; answered < totals.shadow.size(); ++answered) {
      for (size_t would = 0; would < totals.shadow.size(); ++would)
        totals.shadow[answered][would] += minute.shadow[answered][would];
    }
    for (size_t i = 0; i < totals.outcomes.size(); ++i) totals.outcomes[i] += minute.outcomes[i];
    for (size_t i = 0; i < minute.rules.size(); ++i) rules[i] += minute.rules[i];
    totals.degraded += minute.degraded;
  };
  const auto size = static_cast<int64_t>(minutes_.size());
  if (end - first < size) {
    for (int64_t number = first; number < end; ++number) {
      const Minute& minute = minutes_[static_cast<size_t>(((number % size) + size) % size)];
      if (minute.number == number) add(minute);
    }
  } else {
    for (const Minute& minute : minutes_) {
      if (minute.number >= first && minute.number < end) add(minute);
    }
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    if (rules[i] > 0) totals.rules.emplace_back(rule_names_[i], rules[i]);
  }
  return totals;
}

TimePoint MinuteCounts::MinuteOf(TimePoint time) { return std::chrono::floor<std::chrono::minutes>(time); }

MinuteCounts::Minute* MinuteCounts::At(TimePoint now) {
  const int64_t number = NumberOf(now);
  if (number < 0) return nullptr;
  Minute& minute = minutes_[static_cast<size_t>(number % static_cast<int64_t>(minutes_.size()))];
  if (number < minute.number) return nullptr;
  if (number > minute.number) {
    minute = Minute{};
    minute.number = number;
  }
  return &minute;
}

size_t MinuteCounts::RuleIndex(std::string_view rule) {
  if (const auto found = rule_index_.find(ToAbsl(rule)); found != rule_index_.end()) return found->second;
  if (rule_names_.size() >= kRulesMax - 1 && rule != "other") return RuleIndex("other");
  const size_t index = rule_names_.size();
  rule_names_.emplace_back(rule);
  rule_index_.emplace(rule_names_.back(), index);
  return index;
}

}  // namespace latchkey
