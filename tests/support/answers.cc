#include "tests/support/answers.h"

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

std::string Text(TimePoint at) { return absl::StrCat(at.time_since_epoch().count()); }

std::string Text(const LimitReport& limit, TimePoint decided) {
  const std::optional<TimePoint> end = limit.EndsAt(decided);
  return absl::StrCat(limit.rule, "[", limit.limit_index, "] ", limit.counter, " ", limit.count, "/",
                      limit.above, " in ", limit.window.count(), "ms then ",
                      std::string(ConsequenceName(limit.then)), " of ", std::string(ScopeName(limit.scope)),
                      limit.refuses ? " refuses" : "", limit.provisional ? " provisionally" : "",
                      limit.shadow ? " in shadow" : "", end ? " until " + Text(*end) : "");
}

}  // namespace

bool SameAnswer(const Decision& a, const Decision& b) {
  Verdict left = a.verdict;
  Verdict right = b.verdict;
  left.shadow_action.reset();
  right.shadow_action.reset();
  return left == right && a.at == b.at && a.policy_revision == b.policy_revision &&
         a.degraded == b.degraded && a.attempt_token.empty() == b.attempt_token.empty() &&
         a.attempt_token_expires == b.attempt_token_expires &&
         a.challenge_id.empty() == b.challenge_id.empty() && a.challenge_expires == b.challenge_expires;
}

std::string Describe(const Verdict& verdict, TimePoint at) {
  std::string text =
      absl::StrCat("at ", Text(at), " ", std::string(ActionName(verdict.action)), " ",
                   std::string(LaneName(verdict.lane)), " about ", std::string(ScopeName(verdict.scope)));
  if (verdict.until) absl::StrAppend(&text, " until ", Text(*verdict.until));
  absl::StrAppend(&text, " retry_after ", verdict.retry_after.count(), "ms");
  if (verdict.way_up) absl::StrAppend(&text, " way_up ", std::string(LaneName(*verdict.way_up)));
  if (verdict.offer_challenge) absl::StrAppend(&text, " challenge offered");
  if (verdict.advise_second_factor) absl::StrAppend(&text, " advise second factor");
  if (verdict.advise_notify_owner) absl::StrAppend(&text, " advise notify owner");
  for (const LimitReport& reason : verdict.reasons) absl::StrAppend(&text, "; because ", Text(reason, at));
  for (const LaneFall& fall : verdict.falls)
    absl::StrAppend(&text, "; fell from ", std::string(LaneName(fall.lane)), " by ", Text(fall.reason, at));
  return text;
}

std::string Describe(const Decision& decision) {
  return absl::StrCat(Describe(decision.verdict, decision.at), "; revision ", decision.policy_revision,
                      decision.degraded ? " degraded" : "", "; token ",
                      decision.attempt_token.empty() ? "none" : Text(decision.attempt_token_expires),
                      "; challenge ",
                      decision.challenge_id.empty() ? "none" : Text(decision.challenge_expires));
}

}  // namespace latchkey
