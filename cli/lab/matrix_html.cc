// The matrix as a page: no script, no other file.
#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "cli/lab/matrix.h"

namespace latchkey::cli {
namespace {

using lab::Figures;

constexpr char kStyle[] = R"(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1a2233; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; font-size: 13px; } .wide { overflow-x: auto; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid #dde2ea; text-align: right; white-space: nowrap; }
th { vertical-align: bottom; } th:first-child, td:first-child { text-align: left; }
.good { background: #dff3e3; } .bad { background: #fbdcdc; } .fair { background: #fdf1d0; }
.muted { color: #66708a; } svg text { font: 12px system-ui, sans-serif; fill: #1a2233; }
)";

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

struct Bar {
  std::string name;
  std::optional<double> value;
};

// Horizontal bars; `most` is a full one. On a logarithmic scale a bar is as long as its number of digits.
std::string Chart(const std::string& title, const std::string& about, const std::vector<Bar>& bars,
                  double most, bool logarithmic, const std::string& none) {
  constexpr int kRow = 22, kNames = 190, kWidth = 560;
  auto length = [&](double value) {
    const double share = logarithmic ? std::log1p(value) / std::log1p(std::max(most, 1e-9)) : value / most;
    return most <= 0 ? 0.0 : std::clamp(share, 0.0, 1.0) * kWidth;
  };
  std::string svg = absl::StrCat("<h2>", Escaped(title), "</h2><p class=\"muted\">", Escaped(about),
                                 "</p><svg role=\"img\" width=\"", kNames + kWidth + 120, "\" height=\"",
                                 static_cast<int>(bars.size()) * kRow + 4, "\">");
  for (size_t i = 0; i < bars.size(); ++i) {
    const int y = static_cast<int>(i) * kRow;
    absl::StrAppend(&svg, "<text x=\"", kNames - 8, "\" y=\"", y + 16, "\" text-anchor=\"end\">",
                    Escaped(bars[i].name), "</text>");
    const double wide = bars[i].value ? length(*bars[i].value) : 0;
    absl::StrAppendFormat(&svg, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"16\" fill=\"%s\"/>", kNames,
                          y + 3, std::max(wide, 1.0), i == 0 ? "#2563a8" : "#9db4cf");
    absl::StrAppendFormat(&svg, "<text x=\"%.1f\" y=\"%d\">%s</text>", kNames + wide + 6, y + 16,
                          bars[i].value ? FigureText(bars[i].value) : none);
  }
  return svg + "</svg>";
}

template <typename Value>
std::string ChartOf(const std::vector<PolicySummary>& sums, const std::string& title,
                    const std::string& about, bool logarithmic, const std::string& none, Value value) {
  std::vector<Bar> bars;
  double most = 0;
  for (const PolicySummary& sum : sums) {
    bars.push_back({sum.policy, value(sum)});
    most = std::max(most, bars.back().value.value_or(0));
  }
  return Chart(title, about, bars, most, logarithmic, none);
}

// One figure of all scenarios (rows) and policies (columns).
std::string MatrixTable(const Matrix& matrix, const lab::FigureKind& kind) {
  std::string html =
      absl::StrCat("<h2>", std::string(kind.name), "</h2><p class=\"muted\">",
                   Escaped(std::string(kind.about)), "</p><div class=\"wide\"><table><tr><th>scenario</th>");
  for (const std::string& policy : matrix.policies) absl::StrAppend(&html, "<th>", Escaped(policy), "</th>");
  absl::StrAppend(&html, "</tr>");
  const size_t width = matrix.policies.size();
  for (size_t first = 0; first + width <= matrix.rows.size(); first += width) {
    const lab::Scenario& scenario = *matrix.rows[first].scenario;
    double best = 0, worst = 0;
    bool any = false;
    for (size_t i = first; i < first + width; ++i) {
      const Figures::Figure& figure = matrix.rows[i].figures.*(kind.member);
      if (!figure) continue;
      const double good = *figure * (kind.better == 0 ? 1 : kind.better);
      best = any ? std::max(best, good) : good;
      worst = any ? std::min(worst, good) : good;
      any = true;
    }
    if (!any) continue;
    absl::StrAppend(&html, "<tr><td title=\"", Escaped(scenario.shows), "\">", Escaped(scenario.name),
                    "</td>");
    for (size_t i = first; i < first + width; ++i) {
      const Figures::Figure& figure = matrix.rows[i].figures.*(kind.member);
      std::string_view shade;
      if (figure && kind.better != 0 && best != worst) {
        const double good = *figure * kind.better;
        shade = good == best ? "good" : good == worst ? "bad" : "fair";
      }
      absl::StrAppend(&html, "<td class=\"", std::string(shade), "\">", FigureText(figure), "</td>");
    }
    absl::StrAppend(&html, "</tr>");
  }
  return html + "</table></div>";
}

}  // namespace

std::string MatrixHtml(const Matrix& matrix) {
  std::string html = absl::StrCat(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Latchkey: scenario lab</title>"
      "<style>",
      kStyle, "</style></head><body><h1>What each policy came to</h1><p>", matrix.policies.size(),
      " policies, ", matrix.scenarios.size(), " scenarios, seed ", matrix.seed,
      ". Simulated days on the real engine; docs/lab.md says what the figures mean.</p>");
  const std::vector<PolicySummary> sums = Summarize(matrix);
  absl::StrAppend(
      &html, ChartOf(sums, "Owners refused on their own device because of others",
                     "Answers on a known device that differ from the same day without the attack, over "
                     "all attacks (logarithmic).",
                     true, "0", [](const PolicySummary& s) { return std::optional(s.changed_answers); }));
  absl::StrAppend(&html, ChartOf(sums, "Guesses",
                                 "The most passwords that attackers got verified for one account in 24 h "
                                 "(logarithmic).",
                                 true, "0", [](const PolicySummary& s) {
                                   return std::optional(s.guesses_per_account_24h);
                                 }));
  absl::StrAppend(&html, ChartOf(sums, "The worst day of a new device",
                                 "The least share of logins on a new device that got in under attack.", false,
                                 "-", [](const PolicySummary& s) { return s.new_available; }));
  absl::StrAppend(
      &html, ChartOf(sums, "What it costs to keep a victim out",
                     "Dollars for an hour, in the cheapest attack (logarithmic); a policy that never "
                     "refuses an owner on his best device has no price.",
                     true, "not to be had", [](const PolicySummary& s) { return s.usd_per_victim_hour; }));
  absl::StrAppend(&html, ChartOf(sums, "Challenged without any attack",
                                 "The largest share of people's logins that met a CAPTCHA.", false, "0",
                                 [](const PolicySummary& s) { return std::optional(s.benign_challenged); }));
  absl::StrAppend(
      &html, ChartOf(sums, "Refused without any attack",
                     "The largest share of people's logins that were throttled or locked out.", false, "0",
                     [](const PolicySummary& s) { return std::optional(s.benign_refused); }));
  for (const char* name :
       {"owner_known_changed_answers", "owner_known_available", "owner_new_available",
        "guesses_per_account_24h", "guesses_verified", "attacker_cost_usd_per_victim_hour", "benign_refused",
        "benign_challenged", "seconds_to_recover", "seconds_to_detect"}) {
    absl::StrAppend(&html, MatrixTable(matrix, *lab::FindFigure(name)));
  }
  return html + "</body></html>\n";
}

}  // namespace latchkey::cli
