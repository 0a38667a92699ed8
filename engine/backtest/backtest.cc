#include "engine/backtest/backtest.h"

#include <utility>

namespace latchkey {

Backtest::Backtest(const ReplayPorts& ports, std::shared_ptr<const Policy> policy,
                   std::shared_ptr<const Policy> current, Timeline::Bounds bounds)
    : after_(ports, clock_, std::move(policy)), timeline_(bounds) {
  if (current != nullptr) before_.emplace(ports, clock_, std::move(current));
}

void Backtest::Add(RecordedEvent event) {
  std::visit([this](auto& e) { timeline_.Add(std::move(e)); }, event);
  Play(/*all=*/false);
}

void Backtest::End() { Play(/*all=*/true); }

void Backtest::Play(bool all) {
  while (const std::optional<Timeline::Step> step = timeline_.Next(all)) {
    if (!first_) first_ = step->at;
    clock_.Reach(step->at);
    if (step->kind == Timeline::Step::Kind::kAttempt) {
      PlayAttempt(*step->played);
    } else {
      PlayReport(*step->played, *step->outcome);
    }
  }
}

void Backtest::PlayAttempt(Played& played) {
  const RecordedAttempt& attempt = played.attempt;
  const RecordedOutcome* wrong =
      played.outcome && played.outcome->outcome == Outcome::kWrong ? &*played.outcome : nullptr;
  absl::StatusOr<Replayed> after = after_.Assess(attempt, wrong);
  if (!after.ok()) return findings_.AddRefusedByEngine();
  played.after = *std::move(after);
  if (before_) {
    absl::StatusOr<Replayed> before = before_->Assess(attempt, wrong);
    if (!before.ok()) return findings_.AddRefusedByEngine();
    played.before = *std::move(before);
  } else if (attempt.decided) {
    played.before = {.action = attempt.action, .lane = attempt.lane, .rule = attempt.rule};
    played.before.proven = attempt.lane <= Lane::kFamiliar || attempt.device || attempt.recovery;
  } else {
    // Whoever wrote the log let everybody through.
    played.before = {.action = Action::kAllow, .lane = played.after.lane};
  }
  played.taken = true;
  findings_.AddAnswers(played);
}

void Backtest::PlayReport(Played& played, const RecordedOutcome& outcome) {
  if (!played.taken) return;
  after_.Report(played.after, outcome);
  if (before_) before_->Report(played.before, outcome);
  if (std::exchange(played.judged, true)) return;
  findings_.AddOutcome(played, outcome.outcome);
}

}  // namespace latchkey
