#include "cli/lab/detection_text.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/lab/matrix.h"
#include "cli/table.h"

namespace latchkey::cli {
namespace {

using Json = nlohmann::ordered_json;

Json NumberOf(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::string Text(std::string_view text) { return std::string(text); }

Json JsonOf(const lab::DetectedIncident& incident) {
  Json suspects = Json::array();
  for (const Suspect& suspect : incident.finding.suspects) {
    suspects.push_back(
        {{"account", suspect.account.name}, {"confidence", suspect.confidence}, {"text", suspect.text}});
  }
  return {{"kind", Text(NameOf(incident.finding.kind).id)},
          {"right", incident.right},
          {"after_s", static_cast<double>(incident.after.count()) / 1000},
          {"severity", Text(SeverityName(incident.finding.severity))},
          {"confidence", incident.finding.confidence},
          {"text", incident.finding.text},
          {"suspects", std::move(suspects)}};
}

}  // namespace

std::string DetectionJson(const lab::DetectionReport& report, const std::vector<lab::Detection>& detections,
                          uint64_t seed) {
  Json attacks = Json::object();
  for (const lab::DetectionScore& score : report.scores) {
    attacks[Text(NameOf(score.kind).id)] = {
        {"precision", NumberOf(score.precision)}, {"recall", NumberOf(score.recall)},
        {"delay_s", NumberOf(score.delay_s)},     {"scenarios", score.scenarios},
        {"recognised", score.recognised},         {"incidents_right", score.right},
        {"incidents_wrong", score.wrong}};
  }
  Json scenarios = Json::array();
  for (const lab::Detection& each : detections) {
    Json incidents = Json::array();
    for (const lab::DetectedIncident& incident : each.incidents) incidents.push_back(JsonOf(incident));
    scenarios.push_back({{"scenario", each.scenario},
                         {"attack", each.attack},
                         {"logins", each.logins},
                         {"days", each.days},
                         {"named_right", each.named_right},
                         {"named_wrong", each.named_wrong},
                         {"incidents", std::move(incidents)}});
  }
  return Json{{"seed", seed},
              {"attacks", std::move(attacks)},
              {"suspects",
               {{"precision", NumberOf(report.suspect_precision)},
                {"recall", NumberOf(report.suspect_recall)},
                {"rivals", report.rivals},
                {"named_right", report.named_right},
                {"named_wrong", report.named_wrong}}},
              {"false_incidents", report.false_incidents},
              {"benign_logins", report.benign_logins},
              {"benign_days", report.benign_days},
              {"false_incidents_per_day", NumberOf(report.false_incidents_per_day)},
              {"false_incidents_per_day_max", NumberOf(report.false_incidents_per_day_max)},
              {"scenarios", std::move(scenarios)}}
      .dump(2);
}

void ShowDetection(const lab::DetectionReport& report, const std::vector<lab::Detection>& detections,
                   std::ostream& out) {
  using Align = Table::Align;
  Table days({{"SCENARIO"}, {"INCIDENT"}, {""}, {"AFTER", Align::kRight}, {"SAYS"}});
  for (const lab::Detection& each : detections) {
    if (each.incidents.empty()) days.Add({each.scenario, "-", each.wanted.empty() ? "" : "missed", "", ""});
    for (const lab::DetectedIncident& incident : each.incidents) {
      days.Add({each.scenario, Text(NameOf(incident.finding.kind).id), incident.right ? "right" : "WRONG",
                each.attack ? AgeText(incident.after) : "", incident.finding.text});
    }
  }
  days.Print(out);
  out << '\n';
  Table scores({{"ATTACK"},
                {"SCENARIOS", Align::kRight},
                {"PRECISION", Align::kRight},
                {"RECALL", Align::kRight},
                {"DELAY (s)", Align::kRight}});
  for (const lab::DetectionScore& score : report.scores) {
    scores.Add({Text(NameOf(score.kind).id), absl::StrCat(score.scenarios), FigureText(score.precision),
                FigureText(score.recall), FigureText(score.delay_s)});
  }
  scores.Print(out);
  out << absl::StrFormat("\nSuspects: %d named, %d of them rightly; %d rivals were behind an attack.\n",
                         report.named_right + report.named_wrong, report.named_right, report.rivals);
  if (report.false_incidents_per_day) {
    out << absl::StrFormat(
        "Without an attack: %d incidents in %.0f logins (%.0f days); at 1,000,000 logins a day that is %s a "
        "day, and with 95 %% certainty no more than %s.\n",
        report.false_incidents, report.benign_logins, report.benign_days,
        FigureText(report.false_incidents_per_day), FigureText(report.false_incidents_per_day_max));
  }
}

}  // namespace latchkey::cli
