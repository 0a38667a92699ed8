#include "adapters/metrics/decision_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace latchkey {
namespace {

std::string Text(std::string_view text) { return std::string(text); }

}  // namespace

DecisionMetrics::DecisionMetrics(prometheus::Registry& registry) {
  auto& decisions = prometheus::BuildCounter()
                        .Name("latchkey_decisions_total")
                        .Help("Answers to attempts")
                        .Register(registry);
  auto& shadows = prometheus::BuildCounter()
                      .Name("latchkey_shadow_decisions_total")
                      .Help("What shadowed rules would have answered")
                      .Register(registry);
  auto& would = prometheus::BuildCounter()
                    .Name("latchkey_shadow_policy_decisions_total")
                    .Help("What a shadowed policy would have answered, by what was answered")
                    .Register(registry);
  constexpr std::array<Action, 4> kActions = {Action::kAllow, Action::kThrottle, Action::kChallenge,
                                              Action::kLockout};
  for (Action action : kActions) {
    const auto a = static_cast<size_t>(action);
    for (Action shadowed : kActions) {
      would_[a][static_cast<size_t>(shadowed)] =
          &would.Add({{"action", Text(ActionName(shadowed))}, {"enforced", Text(ActionName(action))}});
    }
    shadows_[a] = &shadows.Add({{"action", Text(ActionName(action))}});
    for (Lane lane : kAllLanes) {
      decisions_[a][static_cast<size_t>(lane)] =
          &decisions.Add({{"action", Text(ActionName(action))}, {"lane", Text(LaneName(lane))}});
    }
  }
  auto& reports = prometheus::BuildCounter()
                      .Name("latchkey_reports_total")
                      .Help("Reported outcomes of attempts")
                      .Register(registry);
  for (size_t outcome = 1; outcome < reports_.size(); ++outcome) {
    reports_[outcome] = &reports.Add({{"outcome", Text(OutcomeName(static_cast<Outcome>(outcome)))}});
  }
  degraded_ = &prometheus::BuildCounter()
                   .Name("latchkey_degraded_decisions_total")
                   .Help("Answers given without the store")
                   .Register(registry)
                   .Add({});
  refusals_ = &prometheus::BuildCounter()
                   .Name("latchkey_refusals_total")
                   .Help("Refused attempts by the rule that decided")
                   .Register(registry);
}

void DecisionMetrics::OnDecision(const Attempt& /*attempt*/, const Facts& /*facts*/,
                                 const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  decisions_[static_cast<size_t>(verdict.action)][static_cast<size_t>(verdict.lane)]->Increment();
  if (decision.degraded) degraded_->Increment();
  if (decision.shadow) {
    would_[static_cast<size_t>(verdict.action)][static_cast<size_t>(decision.shadow->action)]->Increment();
  }
  if (verdict.shadow_action) shadows_[static_cast<size_t>(*verdict.shadow_action)]->Increment();
  if (verdict.action == Action::kAllow || verdict.reasons.empty()) return;
  const std::string& rule = verdict.reasons.front().rule;
  const MutexLock lock(mutex_);
  auto it = by_rule_.find(rule);
  if (it == by_rule_.end()) {
    if (by_rule_.size() >= kRulesMax) return;
    it = by_rule_.emplace(rule, &refusals_->Add({{"rule", rule}})).first;
  }
  it->second->Increment();
}

void DecisionMetrics::OnReport(const AttemptToken& /*token*/, Outcome outcome, TimePoint /*now*/) {
  reports_[static_cast<size_t>(outcome)]->Increment();
}

}  // namespace latchkey
