#include "engine/workflow/attack_watch.h"

#include "absl/strings/str_cat.h"

namespace latchkey {

void AttackWatch::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  if (verdict.action == Action::kAllow || verdict.lane != Lane::kStranger || verdict.reasons.empty()) return;
  const LimitReport& reason = verdict.reasons.front();
  // A source that is refused for what it does elsewhere says nothing about this account; and charges that may
  // still be given back say nothing yet.
  // A stake's challenge is asked of everybody.
  if (reason.scope != Scope::kAccountLane || reason.provisional || reason.of_stake) return;
  if (!stakes_.Any(facts.account, decision.at)) return;
  standings_.Observe(
      {facts.account, std::string(attempt.fields().tenant), std::string(attempt.fields().account)},
      {.state = StandingState::kUnderAttack,
       .reason = absl::StrCat(reason.count, " ", reason.counter, " (", reason.rule, ")"),
       .cause = reason.rule},
      kQuiet, decision.at);
}

}  // namespace latchkey
