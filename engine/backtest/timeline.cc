#include "engine/backtest/timeline.h"

#include <algorithm>

namespace latchkey {

void Timeline::Push(Step step) {
  if (step.at < played_) {
    ++counts_.late;
    step.at = played_;
  } else if (step.at < newest_ && step.kind == Step::Kind::kAttempt) {
    ++counts_.out_of_order;
  }
  newest_ = std::max(newest_, step.at);
  items_.push({.step = std::move(step), .serial = serial_++});
}

void Timeline::Add(RecordedAttempt attempt) {
  const uint64_t decision = attempt.decision;
  if (decision != 0 && by_decision_.contains(decision)) {
    ++counts_.twice;
    return;
  }
  ++counts_.attempts;
  const TimePoint at = attempt.at;
  auto played = std::make_shared<Played>();
  played->attempt = std::move(attempt);
  if (decision != 0) {
    by_decision_.emplace(decision, played);
    decisions_.push_back(decision);
    if (decisions_.size() > bounds_.events_max) {
      by_decision_.erase(decisions_.front());
      decisions_.pop_front();
    }
  }
  Push({.kind = Step::Kind::kAttempt, .at = at, .played = std::move(played), .outcome = {}});
}

void Timeline::Add(RecordedOutcome outcome) {
  const auto found = by_decision_.find(outcome.decision);
  if (found == by_decision_.end()) {
    ++counts_.unmatched;
    return;
  }
  const std::shared_ptr<Played>& played = found->second;
  // A right password may be followed by the completed login.
  const bool goes_on = played->outcome && played->outcome->outcome == Outcome::kRight &&
                       outcome.outcome == Outcome::kLoginComplete;
  if (played->outcome && !goes_on) return;  // told twice
  ++counts_.reports;
  const TimePoint at = std::max(outcome.at, played->attempt.at);
  played->outcome = outcome;
  Push({.kind = Step::Kind::kReport, .at = at, .played = played, .outcome = outcome});
}

std::optional<Timeline::Step> Timeline::Next(bool all) {
  if (items_.empty()) return std::nullopt;
  const bool due =
      all || items_.size() > bounds_.events_max || items_.top().step.at + bounds_.window <= newest_;
  if (!due) return std::nullopt;
  Step step = items_.top().step;
  items_.pop();
  played_ = std::max(played_, step.at);
  return step;
}

}  // namespace latchkey
