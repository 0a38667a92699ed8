#include "adapters/siem/siem_event.h"

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

std::string SourceKey(uint64_t source) { return absl::StrCat(absl::Hex(source, absl::kZeroPad12)); }

}  // namespace

LoginEvent EventOf(const Attempt& attempt, const Facts& facts, const Decision& decision, bool show_names) {
  const Verdict& verdict = decision.verdict;
  LoginEvent event{.at = decision.at,
                   .decision = decision.id,
                   .action = verdict.action,
                   .lane = verdict.lane,
                   .factor = facts.factor,
                   .account_key = facts.account.Hex(),
                   .source_key = SourceKey(facts.source),
                   .tenant = std::string(attempt.fields().tenant),
                   .path = std::string(attempt.fields().path),
                   .policy_revision = decision.policy_revision,
                   .degraded = decision.degraded};
  if (!verdict.reasons.empty()) event.rule = verdict.reasons.front().rule;
  if (show_names) {
    event.account = std::string(attempt.fields().account);
    event.address = attempt.source().Text();
  }
  return event;
}

LoginEvent EventOf(const AttemptToken& token, Outcome outcome, TimePoint now) {
  return {.at = now,
          .decision = token.decision,
          .outcome = outcome,
          .lane = token.lane,
          .factor = token.factor,
          .account_key = token.account.Hex(),
          .source_key = SourceKey(token.source),
          .degraded = token.degraded};
}

}  // namespace latchkey
