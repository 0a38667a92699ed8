#include "adapters/log/decision_log.h"

#include <spdlog/logger.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace latchkey {

void DecisionLog::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  nlohmann::ordered_json line;
  line["event"] = "decision";
  line["time_ms"] = decision.at.time_since_epoch().count();
  line["decision_id"] = DecisionIdText(decision.id);
  line["action"] = ActionName(verdict.action);
  line["lane"] = LaneName(verdict.lane);
  line["account"] = facts.account.Hex();
  line["source"] = absl::StrCat(absl::Hex(facts.source, absl::kZeroPad12));
  line["path"] = attempt.fields().path;
  line["factor"] = FactorName(facts.factor);
  line["policy_revision"] = decision.policy_revision;
  line["degraded"] = decision.degraded;
  if (!verdict.reasons.empty()) {
    const LimitReport& reason = verdict.reasons.front();
    line["rule"] = reason.rule;
    line["count"] = reason.count;
    line["above"] = reason.above;
    line["provisional"] = reason.provisional;
  }
  if (verdict.shadow_action) line["shadow"] = ActionName(*verdict.shadow_action);
  logger_->info(line.dump());
}

void DecisionLog::OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) {
  nlohmann::ordered_json line;
  line["event"] = "report";
  line["time_ms"] = now.time_since_epoch().count();
  line["outcome"] = OutcomeName(outcome);
  line["lane"] = LaneName(token.lane);
  logger_->info(line.dump());
}

}  // namespace latchkey
