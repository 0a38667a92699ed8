#include "cli/backtest/show.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "cli/certificate_text.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "cli/words.h"
#include "engine/policy/certificate/diff.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<Action, 4> kActions = {Action::kAllow, Action::kThrottle, Action::kChallenge,
                                            Action::kLockout};
constexpr auto kRight = Table::Align::kRight;

struct Change {
  AnswerKind before;
  AnswerKind after;
  int64_t count = 0;
};

// Answers that differ in action, most frequent first.
std::vector<Change> Changes(const Findings& findings) {
  std::vector<Change> changes;
  for (const Action from : kActions) {
    for (const Lane from_lane : kAllLanes) {
      for (const Action to : kActions) {
        for (const Lane to_lane : kAllLanes) {
          const Change change{
              {from, from_lane}, {to, to_lane}, findings.Count({from, from_lane}, {to, to_lane})};
          if (from != to && change.count > 0) changes.push_back(change);
        }
      }
    }
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.count > b.count; });
  return changes;
}

std::string TimeText(TimePoint at) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(at), absl::UTCTimeZone());
}

std::string BeforeText(const ShownBacktest& shown) {
  if (shown.current != nullptr) return absl::StrCat("policy ", shown.current->spec().name);
  return shown.from_log ? "everybody let through" : "as recorded";
}

std::string Percent(int64_t part, int64_t all) {
  return all == 0 ? ""
                  : absl::StrFormat("%.2f %%", 100.0 * static_cast<double>(part) / static_cast<double>(all));
}

void ShowChanges(const Findings& findings, std::ostream& out) {
  Table table(
      {{"ANSWER BEFORE"}, {"LANE"}, {"ANSWER AFTER"}, {"LANE"}, {"ATTEMPTS", kRight}, {"SHARE", kRight}});
  for (const Change& change : Changes(findings)) {
    table.Add({std::string(ActionName(change.before.action)), std::string(LaneName(change.before.lane)),
               std::string(ActionName(change.after.action)), std::string(LaneName(change.after.lane)),
               absl::StrCat(change.count), Percent(change.count, findings.attempts())});
  }
  if (!table.empty()) out << '\n';
  table.Print(out);
}

void ShowOwnersAndGuesses(const Findings& findings, std::ostream& out) {
  Table owners({{"RIGHT PASSWORDS"},
                {"LOGINS", kRight},
                {"REFUSED BEFORE", kRight},
                {"AFTER", kRight},
                {"CHALLENGED BEFORE", kRight},
                {"AFTER", kRight},
                {"NEWLY HIT", kRight}});
  Table guesses({{"WRONG PASSWORDS"},
                 {"GUESSES", kRight},
                 {"LET THROUGH BEFORE", kRight},
                 {"AFTER", kRight},
                 {"NEWLY STOPPED", kRight},
                 {"NEWLY LET THROUGH", kRight}});
  for (const bool proven : {true, false}) {
    const OwnerFindings& o = findings.owners(proven);
    const char* who = proven ? "known device or source" : "unknown";
    owners.Add({who, absl::StrCat(o.logins), absl::StrCat(o.refused_before), absl::StrCat(o.refused_after),
                absl::StrCat(o.challenged_before), absl::StrCat(o.challenged_after),
                absl::StrCat(o.newly_refused + o.newly_challenged)});
    const GuessFindings& g = findings.guesses(proven);
    guesses.Add({who, absl::StrCat(g.guesses), absl::StrCat(g.let_through_before),
                 absl::StrCat(g.let_through_after), absl::StrCat(g.newly_stopped),
                 absl::StrCat(g.newly_let_through)});
  }
  out << '\n';
  owners.Print(out);
  out << '\n';
  guesses.Print(out);
}

void ShowAffected(const char* title, const AffectedList& list, int top, std::ostream& out) {
  Table table({{title},
               {"ANSWERS DIFFER", kRight},
               {"OWNER HIT", kRight},
               {"GUESSES STOPPED", kRight},
               {"LET THROUGH", kRight}});
  for (const AffectedRow& row : list.Top(static_cast<size_t>(top))) {
    table.Add({row.name, absl::StrCat(row.attempts), absl::StrCat(row.owners_hit),
               absl::StrCat(row.guesses_stopped), absl::StrCat(row.guesses_let_through)});
  }
  if (!table.empty()) out << '\n';
  table.Print(out);
}

Json JsonOf(const AffectedList& list, const char* name, int top) {
  Json rows = Json::array();
  for (const AffectedRow& row : list.Top(static_cast<size_t>(top))) {
    rows.push_back({{name, Printable(row.name)},
                    {"answers_differ", row.attempts},
                    {"owner_hit", row.owners_hit},
                    {"guesses_stopped", row.guesses_stopped},
                    {"guesses_let_through", row.guesses_let_through}});
  }
  return rows;
}

Json JsonOf(const OwnerFindings& o) {
  return {{"logins", o.logins},
          {"refused_before", o.refused_before},
          {"refused_after", o.refused_after},
          {"challenged_before", o.challenged_before},
          {"challenged_after", o.challenged_after},
          {"newly_refused", o.newly_refused},
          {"newly_challenged", o.newly_challenged},
          {"newly_let_through", o.newly_let_through}};
}

Json JsonOf(const GuessFindings& g) {
  return {{"guesses", g.guesses},
          {"let_through_before", g.let_through_before},
          {"let_through_after", g.let_through_after},
          {"newly_stopped", g.newly_stopped},
          {"newly_let_through", g.newly_let_through}};
}

Json JsonOf(const ShownBacktest& shown, const std::vector<SourceTally>& sources) {
  const TimelineCounts& counts = shown.backtest.counts();
  Json files = Json::array();
  for (const SourceTally& source : sources) {
    Json broken = Json::array();
    for (const auto& bad : source.first_broken)
      broken.push_back({{source.lines ? "line" : "byte", bad.place}, {"why", Printable(bad.why)}});
    files.push_back({{"name", Printable(source.name)},
                     {source.lines ? "lines" : "events", source.read},
                     {"broken", source.broken},
                     {"lost_bytes", source.lost_bytes},
                     {"first_broken", std::move(broken)}});
  }
  Json json = {{"files", std::move(files)},
               {"attempts", counts.attempts},
               {"reports", counts.reports},
               {"out_of_order", counts.out_of_order},
               {"late", counts.late},
               {"twice", counts.twice},
               {"reports_without_attempt", counts.unmatched},
               {"not_taken", shown.backtest.findings().not_taken()},
               {"shared_record_writes", shown.overflowed}};
  if (shown.backtest.first()) {
    json["start_time"] = TimeText(*shown.backtest.first());
    json["end_time"] = TimeText(shown.backtest.last());
  }
  return json;
}

}  // namespace

void ShowBacktest(const ShownBacktest& shown, std::ostream& out) {
  const Findings& findings = shown.backtest.findings();
  out << Counted(findings.attempts(), "attempt");
  if (shown.backtest.first())
    out << " from " << TimeText(*shown.backtest.first()) << " to " << TimeText(shown.backtest.last());
  out << "\nbefore: " << BeforeText(shown) << "\nafter:  policy " << shown.policy->spec().name << '\n';
  out << Counted(findings.differ(), "answer") << (findings.differ() == 1 ? " differs" : " differ");
  if (findings.attempts() > 0) out << " (" << Percent(findings.differ(), findings.attempts()) << ")";
  out << '\n';
  if (findings.unknown_outcome() > 0) {
    out << Counted(findings.unknown_outcome(), "attempt")
        << " refused then would be let through; nobody knows with which password\n";
  }
  ShowChanges(findings, out);
  ShowOwnersAndGuesses(findings, out);
  ShowAffected("MOST AFFECTED ACCOUNT", findings.accounts(), shown.top, out);
  ShowAffected("MOST AFFECTED SOURCE", findings.sources(), shown.top, out);
  Table rules({{"WHY REFUSED"}, {"BEFORE", kRight}, {"AFTER", kRight}});
  for (const RuleFindings& rule : findings.Rules())
    rules.Add({rule.rule, absl::StrCat(rule.refused_before), absl::StrCat(rule.refused_after)});
  if (!rules.empty()) out << '\n';
  rules.Print(out);
  out << '\n';
  const Certificate certificate = Certify(*shown.policy);
  if (shown.current == nullptr) return ShowCertificate(certificate, out);
  ShowCertificateDiff(CompareCertificates(Certify(*shown.current), certificate),
                      FreshCounters(*shown.current, *shown.policy), out);
}

void ShowBacktestJson(const ShownBacktest& shown, std::ostream& out) {
  const Findings& findings = shown.backtest.findings();
  Json changes = Json::array();
  for (const Change& change : Changes(findings)) {
    changes.push_back({{"before", ActionName(change.before.action)},
                       {"before_lane", LaneName(change.before.lane)},
                       {"after", ActionName(change.after.action)},
                       {"after_lane", LaneName(change.after.lane)},
                       {"count", change.count}});
  }
  Json rules = Json::array();
  for (const RuleFindings& rule : findings.Rules()) {
    rules.push_back({{"rule", rule.rule},
                     {"refused_before", rule.refused_before},
                     {"refused_after", rule.refused_after}});
  }
  Json certificates = {{"after", Json::parse(CertificateJson(Certify(*shown.policy)))}};
  if (shown.current != nullptr)
    certificates["before"] = Json::parse(CertificateJson(Certify(*shown.current)));
  const Json json = {{"recording", JsonOf(shown, shown.sources)},
                     {"before", BeforeText(shown)},
                     {"after", absl::StrCat("policy ", shown.policy->spec().name)},
                     {"decisions",
                      {{"all", findings.attempts()},
                       {"differ", findings.differ()},
                       {"let_through_with_unknown_outcome", findings.unknown_outcome()},
                       {"changes", std::move(changes)}}},
                     {"owners",
                      {{"known", JsonOf(findings.owners(/*proven=*/true))},
                       {"unknown", JsonOf(findings.owners(/*proven=*/false))}}},
                     {"guesses",
                      {{"known", JsonOf(findings.guesses(/*proven=*/true))},
                       {"unknown", JsonOf(findings.guesses(/*proven=*/false))}}},
                     {"top_accounts", JsonOf(findings.accounts(), "account", shown.top)},
                     {"top_sources", JsonOf(findings.sources(), "source", shown.top)},
                     {"rules", std::move(rules)},
                     {"certificates", std::move(certificates)}};
  out << json.dump(1) << '\n';
}

}  // namespace latchkey::cli
