#include "engine/backtest/findings.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

bool Refused(Action action) { return action == Action::kThrottle || action == Action::kLockout; }
bool Allowed(Action action) { return action == Action::kAllow; }

bool MoreAffected(const AffectedRow& a, const AffectedRow& b) {
  return std::tuple(-a.owners_hit, -a.attempts, a.name) < std::tuple(-b.owners_hit, -b.attempts, b.name);
}

std::string AccountName(const RecordedAttempt& attempt) {
  return attempt.tenant == "default" ? attempt.account : absl::StrCat(attempt.tenant, "/", attempt.account);
}

}  // namespace

AffectedRow& AffectedList::Of(const std::string& name) {
  if (rows_.size() >= 2 * capacity_ && !rows_.contains(name)) Prune();
  AffectedRow& row = rows_[name];
  if (row.name.empty()) row.name = name;
  return row;
}

std::vector<AffectedRow> AffectedList::Top(size_t count) const {
  std::vector<AffectedRow> rows;
  rows.reserve(rows_.size());
  for (const auto& [name, row] : rows_) rows.push_back(row);
  std::sort(rows.begin(), rows.end(), MoreAffected);
  if (rows.size() > count) rows.resize(count);
  return rows;
}

void AffectedList::Prune() {
  std::vector<AffectedRow> kept = Top(capacity_);
  rows_.clear();
  for (AffectedRow& row : kept) rows_.emplace(row.name, row);
}

RuleFindings* Findings::RuleOf(const std::string& rule) {
  if (rule.empty() || (rules_.size() >= kRulesMax && !rules_.contains(rule))) return nullptr;
  RuleFindings& found = rules_[rule];
  found.rule = rule;
  return &found;
}

void Findings::AddAnswers(const Played& played) {
  const Replayed& before = played.before;
  const Replayed& after = played.after;
  ++attempts_;
  ++changes_[static_cast<size_t>(before.action)][static_cast<size_t>(before.lane)]
            [static_cast<size_t>(after.action)][static_cast<size_t>(after.lane)];
  if (RuleFindings* rule = RuleOf(before.rule)) ++rule->refused_before;
  if (RuleFindings* rule = RuleOf(after.rule)) ++rule->refused_after;
  if (before.action == after.action) return;
  ++differ_;
  if (!Allowed(before.action) && Allowed(after.action) && !played.outcome) ++unknown_outcome_;
  ++accounts_.Of(AccountName(played.attempt)).attempts;
  ++sources_.Of(played.attempt.source).attempts;
}

void Findings::AddOutcome(const Played& played, Outcome outcome) {
  const Action before = played.before.action;
  const Action after = played.after.action;
  const size_t proven = played.before.proven || played.after.proven ? 1 : 0;
  const auto affected = [&](auto count) {
    count(accounts_.Of(AccountName(played.attempt)));
    count(sources_.Of(played.attempt.source));
  };
  if (outcome == Outcome::kRight || outcome == Outcome::kLoginComplete) {
    OwnerFindings& owners = owners_[proven];
    ++owners.logins;
    owners.refused_before += Refused(before) ? 1 : 0;
    owners.refused_after += Refused(after) ? 1 : 0;
    owners.challenged_before += before == Action::kChallenge ? 1 : 0;
    owners.challenged_after += after == Action::kChallenge ? 1 : 0;
    const bool refused = Refused(after) && !Refused(before);
    const bool challenged = after == Action::kChallenge && Allowed(before);
    owners.newly_refused += refused ? 1 : 0;
    owners.newly_challenged += challenged ? 1 : 0;
    owners.newly_let_through += Allowed(after) && !Allowed(before) ? 1 : 0;
    if (refused || challenged) affected([](AffectedRow& row) { ++row.owners_hit; });
    return;
  }
  if (outcome == Outcome::kNotVerified) return;
  GuessFindings& guesses = guesses_[proven];
  ++guesses.guesses;
  guesses.let_through_before += Allowed(before) ? 1 : 0;
  guesses.let_through_after += Allowed(after) ? 1 : 0;
  if (Allowed(before) == Allowed(after)) return;
  if (Allowed(before)) {
    ++guesses.newly_stopped;
    affected([](AffectedRow& row) { ++row.guesses_stopped; });
  } else {
    ++guesses.newly_let_through;
    affected([](AffectedRow& row) { ++row.guesses_let_through; });
  }
}

int64_t Findings::Count(AnswerKind before, AnswerKind after) const {
  return changes_[static_cast<size_t>(before.action)][static_cast<size_t>(before.lane)]
                 [static_cast<size_t>(after.action)][static_cast<size_t>(after.lane)];
}

std::vector<RuleFindings> Findings::Rules() const {
  std::vector<RuleFindings> rules;
  for (const auto& [name, rule] : rules_) rules.push_back(rule);
  std::sort(rules.begin(), rules.end(), [](const RuleFindings& a, const RuleFindings& b) {
    return std::tuple(-a.refused_after, -a.refused_before, a.rule) <
           std::tuple(-b.refused_after, -b.refused_before, b.rule);
  });
  return rules;
}

}  // namespace latchkey
