#include "cli/certificate_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "engine/policy/certificate/lines.h"
#include "engine/policy/certificate/password_odds.h"
#include "engine/policy/certificate/words.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

using Json = nlohmann::ordered_json;

Json CountJson(const std::optional<int64_t>& count) { return count ? Json(*count) : Json(nullptr); }

std::string SpanKey(Duration span) { return span == Duration::zero() ? "consecutive" : SpanText(span); }

Json ByLane(const std::array<std::optional<int64_t>, kLaneCount>& counts) {
  Json lanes = Json::object();
  for (Lane lane : kAllLanes)
    lanes[std::string(LaneName(lane))] = CountJson(counts[static_cast<size_t>(lane)]);
  return lanes;
}

Json CostJson(const std::optional<DenialCost>& cost) {
  if (!cost) return nullptr;
  return {
      {"requests", cost->requests},
      {"lasts_seconds", cost->lasts == Duration::zero()
                            ? Json(nullptr)
                            : Json(std::chrono::duration_cast<std::chrono::seconds>(cost->lasts).count())},
      {"requests_per_day", cost->requests_per_day},
      {"captchas_per_day", cost->captchas_per_day},
      {"sources", cost->sources},
      {"usd_per_day", {cost->usd_per_day_low, cost->usd_per_day_high}},
      {"rules", cost->rules}};
}

Json FindingJson(const Breach& finding) {
  Json requests = Json::array();
  for (const AttackRequest& request : finding.requests)
    requests.push_back({{"times", request.times},
                        {"who", request.who},
                        {"action", request.action},
                        {"answer", request.answer}});
  return {{"promise", finding.promise}, {"rule", finding.rule},     {"limit", finding.limit_index},
          {"path", finding.path},       {"attack", finding.attack}, {"requests", std::move(requests)},
          {"mend", finding.mend}};
}

Json GuessesJson(const GuessBounds& guesses, Json& by_lane, Json& whatever_logins, Json& opened) {
  Json totals = Json::object();
  auto add = [&](const GuessRow& row) {
    const std::string key = SpanKey(row.span);
    totals[key] = CountJson(row.total);
    by_lane[key] = ByLane(row.by_lane);
    if (row.span == Duration::zero()) return;
    whatever_logins[key] = CountJson(row.whatever_logins);
    if (!row.total) return;
    for (const PasswordOdds& odds : OddsOfGuesses(*row.total))
      opened[key].push_back({{"collection", odds.collection},
                             {"share", odds.share},
                             {"at_least", odds.at_least},
                             {"citation", odds.citation}});
  };
  for (const GuessRow& row : guesses.rows) add(row);
  add(guesses.consecutive);
  return totals;
}

std::string Cell(std::string_view text) {
  return absl::StrReplaceAll(Printable(text), {{"|", "\\|"}, {"<", "&lt;"}});
}

void WriteFindings(const Certificate& certificate, std::ostream& out) {
  for (const Breach& finding : certificate.findings) {
    out << "### " << finding.promise << ", `" << finding.rule << "` (`" << finding.path << "`)\n\n"
        << Cell(finding.attack) << ".\n\n";
    for (const AttackRequest& request : finding.requests)
      out << "- " << request.times << " × " << request.who << ": " << Cell(request.action) << " → "
          << request.answer << '\n';
    out << "\nTo mend it: " << Cell(finding.mend) << ".\n\n";
  }
}

}  // namespace

void ShowCertificate(const Certificate& certificate, std::ostream& out) {
  out << "Certificate of the policy " << Printable(certificate.policy) << '\n';
  const std::vector<CertificateLine> lines = LinesOf(certificate);
  for (size_t i = 0; i < lines.size();) {
    const std::string section = lines[i].section;
    out << '\n' << section << '\n';
    Table table({{""}, {""}, {""}});
    for (; i < lines.size() && lines[i].section == section; ++i)
      table.Add({absl::StrCat("  ", lines[i].name), lines[i].value, lines[i].note});
    table.Print(out);
  }
  if (!certificate.findings.empty()) out << "\nFindings\n";
  for (const Breach& finding : certificate.findings) {
    out << "  " << finding.promise << ' ' << Printable(finding.path) << ": " << Printable(finding.attack)
        << '\n';
    for (const AttackRequest& request : finding.requests)
      out << "      " << request.times << " x " << request.who << ": " << request.action << " -> "
          << request.answer << '\n';
    out << "      mend: " << Printable(finding.mend) << '\n';
  }
  out << "\nAssumed\n";
  for (const std::string& assumption : certificate.assumptions) out << "  " << assumption << '\n';
}

void WriteCertificateDocument(const Certificate& certificate, std::ostream& out) {
  out << "# Login throttling: certificate of the policy `" << Printable(certificate.policy) << "`\n\n"
      << "Derived from the policy by static analysis. It documents how rate limiting, anti-automation and "
         "adaptive\n"
         "response defend logins against credential stuffing and password guessing, and how malicious "
         "account lockout\n"
         "is prevented (OWASP ASVS 5.0, 6.1.1).\n";
  const std::vector<CertificateLine> lines = LinesOf(certificate);
  for (size_t i = 0; i < lines.size();) {
    const std::string section = lines[i].section;
    out << "\n## " << section << "\n\n| | | |\n|---|---|---|\n";
    for (; i < lines.size() && lines[i].section == section; ++i)
      out << "| " << Cell(lines[i].name) << " | " << Cell(lines[i].value) << " | " << Cell(lines[i].note)
          << " |\n";
  }
  out << "\n## Findings\n\n";
  if (certificate.findings.empty()) out << "None: every promise is kept.\n\n";
  WriteFindings(certificate, out);
  out << "## Assumed\n\n";
  for (const std::string& assumption : certificate.assumptions) out << "- " << Cell(assumption) << '\n';
}

std::string CertificateJson(const Certificate& certificate) {
  Json json;
  json["policy"] = certificate.policy;
  for (const PromiseLine& line : certificate.promises)
    json["promises"][line.promise] = KeepingName(line.keeping);
  for (const PromiseLine& line : certificate.promises) json["reasons"][line.promise] = line.reason;
  Json by_lane = Json::object();
  Json whatever_logins = Json::object();
  Json opened = Json::object();
  json["guesses_per_account"] = GuessesJson(certificate.guesses, by_lane, whatever_logins, opened);
  json["guesses_by_lane"] = std::move(by_lane);
  json["guesses_whatever_logins"] = std::move(whatever_logins);
  json["accounts_opened"] = std::move(opened);
  for (const CodeBounds& codes : certificate.codes) {
    for (const GuessRow& row : codes.rows) {
      Json& of_factor = json["codes_per_account"][std::string(FactorName(codes.factor))];
      of_factor[SpanKey(row.span)] = {{"total", CountJson(row.total)}, {"by_lane", ByLane(row.by_lane)}};
    }
  }
  json["bounds"] = Json::array();
  for (const BoundCheck& check : certificate.guesses.checks)
    json["bounds"].push_back({{"span", SpanKey(check.span)},
                              {"bound", check.bound},
                              {"proved", CountJson(check.proved)},
                              {"holds", check.holds()},
                              {"parts", ByLane(check.parts)}});
  for (Lane lane : kAllLanes)
    json["owner_tries"][std::string(LaneName(lane))] =
        certificate.owner_tries.by_lane[static_cast<size_t>(lane)];
  json["owner_tries"]["on_known_device"] = certificate.owner_tries.on_known_device;
  for (const Denial& denial : certificate.denials)
    json["denial"][denial.victim] = {{"victim", denial.words},
                                     {"by_anybody", CostJson(denial.by_anybody)},
                                     {"by_neighbour", CostJson(denial.by_neighbour)}};
  json["shared_addresses"] = Json::array();
  for (const SharedAddressLine& line : certificate.shared_addresses)
    json["shared_addresses"].push_back({{"rule", line.rule},
                                        {"limit", line.limit_index},
                                        {"of", line.network ? "network" : "source"},
                                        {"then", ConsequenceName(line.then)},
                                        {"above", line.above},
                                        {"in", SpanText(line.window)},
                                        {"people", line.people}});
  json["at_stake"] = Json::array();
  for (const StakeLine& line : certificate.at_stake)
    json["at_stake"].push_back({{"then", "challenge"}, {"above", line.above}, {"in", SpanText(line.window)}});
  json["compliance"] = Json::array();
  for (const ComplianceLine& line : certificate.compliance)
    json["compliance"].push_back({{"standard", line.standard}, {"met", line.met}, {"reason", line.reason}});
  json["findings"] = Json::array();
  for (const Breach& finding : certificate.findings) json["findings"].push_back(FindingJson(finding));
  json["assumptions"] = certificate.assumptions;
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

void ShowCertificateDiff(const std::vector<LineChange>& changes, const std::vector<FreshCounter>& fresh,
                         std::ostream& out) {
  std::string section;
  for (size_t i = 0; i < changes.size();) {
    out << (i == 0 ? "" : "\n") << changes[i].section << '\n';
    section = changes[i].section;
    Table table({{""}, {""}, {""}, {""}});
    for (; i < changes.size() && changes[i].section == section; ++i)
      table.Add({absl::StrCat("  ", changes[i].name),
                 changes[i].before.empty() ? "(not there)" : changes[i].before, "->",
                 changes[i].after.empty() ? "(not there)" : changes[i].after});
    table.Print(out);
  }
  if (changes.empty()) out << "no line of the certificate changes\n";
  if (fresh.empty()) return;
  out << "\nCounters that start empty: one budget more, on the day of the change\n";
  Table table({{""}, {""}, {"", Table::Align::kRight}});
  for (const FreshCounter& counter : fresh)
    table.Add({absl::StrCat("  ", counter.rule), counter.counts, absl::StrCat("+", counter.extra)});
  table.Print(out);
}

std::string CertificateDiffJson(const std::vector<LineChange>& changes,
                                const std::vector<FreshCounter>& fresh) {
  Json json = {{"changes", Json::array()}, {"extra_budgets", Json::array()}};
  auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
  for (const LineChange& change : changes)
    json["changes"].push_back({{"section", change.section},
                               {"line", change.name},
                               {"before", text(change.before)},
                               {"after", text(change.after)}});
  for (const FreshCounter& counter : fresh)
    json["extra_budgets"].push_back(
        {{"rule", counter.rule}, {"counts", counter.counts}, {"extra", counter.extra}});
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace latchkey::cli
