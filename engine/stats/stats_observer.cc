#include "engine/stats/stats_observer.h"

namespace latchkey {

void StatsObserver::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  DecisionEvent event{decision.id,
                      decision.at,
                      verdict.action,
                      verdict.lane,
                      "",
                      facts.account,
                      SourcePseudonym(facts.network, facts.source),
                      decision.degraded};
  if (!verdict.reasons.empty()) event.rule = verdict.reasons.front().rule;
  if (decision.shadow) event.shadow = decision.shadow->action;
  const AttemptView& fields = attempt.fields();
  stats_.AddDecision(event, {fields.tenant, fields.account, fields.source}, clock_.Now());
}

void StatsObserver::OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) {
  stats_.AddOutcome(outcome, token.account, SourcePseudonym(token.network, token.source), now);
}

}  // namespace latchkey
