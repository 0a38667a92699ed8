#include "engine/stats/stats_observer.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

// "192.0.2.0/24" or "2001:db8:0::/48".
std::string NetworkText(const Source& source) {
  const std::string_view bytes = source.network();
  const auto at = [bytes](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  if (bytes.size() == 3) return absl::StrCat(at(0), ".", at(1), ".", at(2), ".0/24");
  return absl::StrCat(absl::Hex(at(0) << 8U | at(1)), ":", absl::Hex(at(2) << 8U | at(3)), ":",
                      absl::Hex(at(4) << 8U | at(5)), "::/48");
}

}  // namespace

void StatsObserver::OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) {
  const Verdict& verdict = decision.verdict;
  const AttemptView& fields = attempt.fields();
  DecisionSeen seen{.decision_id = decision.id,
                    .at = decision.at,
                    .action = verdict.action,
                    .lane = verdict.lane,
                    .proved = verdict.falls.empty() ? verdict.lane : verdict.falls.front().lane,
                    .scope = verdict.scope,
                    .degraded = decision.degraded,
                    .shadow_rules = verdict.shadow_action,
                    .until = verdict.until,
                    .tenant = fields.tenant,
                    .path = fields.path,
                    .account = facts.account,
                    .network = facts.network,
                    .source = facts.source,
                    .asn = facts.asn};
  if (decision.shadow) seen.shadow = decision.shadow->action;
  if (verdict.action != Action::kAllow && !verdict.reasons.empty()) {
    seen.rule = verdict.reasons.front().rule;
    seen.provisional = verdict.reasons.front().provisional;
  }
  if (!stats_.keeps_names()) return stats_.AddDecision(seen);
  const DecisionNames names{.account = absl::StrCat(ToAbsl(fields.tenant), "/", ToAbsl(fields.account)),
                            .source = std::string(fields.source),
                            .network = NetworkText(attempt.source())};
  stats_.AddDecision(seen, &names);
}

void StatsObserver::OnReport(const AttemptToken& token, Outcome outcome, TimePoint /*now*/) {
  stats_.AddOutcome(outcome, token.account, token.network, token.source);
}

}  // namespace latchkey
