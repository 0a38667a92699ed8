#include "load-tests/report_page.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "load-tests/latency_chart.h"

namespace latchkey::load {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kHead[] = R"(<!doctype html>
<html lang=en>
<meta charset=utf-8>
<meta name=viewport content="width=device-width">
<title>Latchkey under load</title>
<style>
:root { color-scheme: light dark; --line: #8884; --dim: #777; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; } p { color: var(--dim); margin: .2rem 0 .6rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: .6rem 0; }
th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 9rem; }
.no { color: #d55e00; font-weight: 600; } .yes { color: #009e73; }
svg { display: block; width: 100%; max-width: 46rem; } svg text { font-size: 11px; fill: currentColor; }
.grid { stroke: var(--line); fill: none; } .line { fill: none; stroke-width: 2; }
.legend { list-style: none; padding: 0; margin: .2rem 0 1rem; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
.key { display: inline-block; width: 28px; height: 8px; margin-right: .4rem; }
</style>
)";

std::string Text(const Json& value) { return EscapedHtml(value.get<std::string>()); }

std::string Number(const Json& value, int digits = 2) {
  return value.is_number() ? absl::StrFormat("%.*f", digits, value.get<double>()) : "–";
}

std::string Whole(const Json& value) { return Number(value, 0); }

Json Median(const Json& spread) { return spread.is_null() ? Json() : spread.at("median"); }

std::string Row(const std::vector<std::string>& cells, const char* tag = "td") {
  std::string out = "<tr>";
  for (const std::string& cell : cells) absl::StrAppend(&out, "<", tag, ">", cell, "</", tag, ">");
  return out + "</tr>\n";
}

LatencyLine Line(const std::string& name, const Json& latency) {
  LatencyLine line{.name = name, .points = {}};
  if (latency.is_null()) return line;
  for (const Json& point : latency.at("curve")) line.points.emplace_back(point.at(0), point.at(1));
  return line;
}

std::string RunsHead() {
  return "<table>" + Row({"", "answers/s", "server µs", "Redis µs", "server busy", "admitted", "p50 µs",
                          "p99 µs", "p99.9 µs", "sent late µs", "errors"},
                         "th");
}

std::string RunRow(const std::string& name, const Json& run) {
  const Json& latency = run.at("latency_us");
  const auto percentile = [&](const char* which) {
    return latency.is_null() ? "–" : Whole(latency.at(which));
  };
  return Row({EscapedHtml(name), Whole(Median(run.at("requests_per_second"))),
              Number(Median(run.at("server_cpu_us_per_request")), 1),
              Number(Median(run.at("redis_cpu_us_per_request")), 1),
              absl::StrFormat("%.0f %%", 100 * run.at("server_busy").at("median").get<double>()),
              absl::StrFormat("%.0f %%", 100 * run.at("allowed_share").get<double>()), percentile("p50"),
              percentile("p99"), percentile("p99.9"), Whole(run.at("sent_late_max_us")),
              absl::StrCat(run.at("errors").get<int64_t>())});
}

void AppendFigures(const Json& json, std::string& out) {
  absl::StrAppend(&out, "<h2>Ratios</h2>\n<p>Each of the same run as its floor; medians of ",
                  json.at("rounds").get<int>(), " rounds.</p>\n<table>",
                  Row({"", "least", "median", "most", "target", "reached"}, "th"));
  for (const Json& figure : json.at("figures")) {
    const Json& spread = figure.at("spread");
    const auto at = [&](const char* which) { return spread.is_null() ? "–" : Number(spread.at(which)); };
    std::string target;
    for (const auto& [key, words] : {std::pair("at_least", "≥ "), std::pair("at_most", "≤ ")}) {
      if (figure.contains(key)) target = words + Number(figure.at(key));
    }
    const Json reached = figure.value("reached", Json());
    const std::string word = reached.is_null()     ? ""
                             : reached.get<bool>() ? "<span class=yes>yes</span>"
                                                   : "<span class=no>no</span>";
    absl::StrAppend(&out, Row({Text(figure.at("what")), at("min"), at("median"), at("max"), target, word}));
  }
  absl::StrAppend(&out, "</table>\n");
}

void AppendPeers(const Json& peers, std::string& out) {
  if (peers.empty()) return;
  absl::StrAppend(
      &out,
      "<h2>Peers</h2>\n<p>One check of theirs beside a full login of ours, server and Redis "
      "together.</p>\n<table>",
      Row({"", "checks/s", "server µs", "Redis µs", "/ login by Converse", "/ login, unary"}, "th"));
  for (const auto& [name, peer] : peers.items()) {
    if (peer.at("status") == "absent") {
      absl::StrAppend(&out, Row({EscapedHtml(name) + " (absent)", "", "", "", "", ""}));
      continue;
    }
    absl::StrAppend(
        &out, Row({EscapedHtml(name) + " " + Text(peer.at("version")), Whole(peer.at("checks_per_second")),
                   Number(peer.at("cpu_us_per_check"), 1), Number(peer.at("redis_us_per_check"), 1),
                   Number(peer.at("login_converse_ratio")), Number(peer.at("login_unary_ratio"))}));
  }
  absl::StrAppend(&out, "</table>\n");
}

void AppendTrials(const Json& trials, std::string& out) {
  absl::StrAppend(&out, "<h2>What was measured</h2>\n", RunsHead());
  std::vector<LatencyLine> full;
  std::vector<LatencyLine> paced;
  for (const Json& trial : trials) {
    const auto name = trial.at("name").get<std::string>();
    absl::StrAppend(&out, RunRow(name, trial));
    (name.find("paced") == std::string::npos ? full : paced).push_back(Line(name, trial.at("latency_us")));
  }
  absl::StrAppend(
      &out,
      "</table>\n<h2>Latency at half of saturation</h2>\n<p>Open loop, from the intended send time.</p>\n",
      LatencyChart(paced), "<h2>Latency at saturation</h2>\n<p>Closed loop: mostly the queue.</p>\n",
      LatencyChart(full));
}

void AppendProfile(const Json& profile, std::string& out) {
  absl::StrAppend(&out, "<h2>", Text(profile.at("name")), "</h2>\n<p>", Text(profile.at("what")), "; ",
                  Whole(profile.at("rate")), " attempts a second in the open loop</p>\n", RunsHead());
  std::vector<LatencyLine> lines;
  for (const Json& run : profile.at("runs")) {
    const auto name = run.at("name").get<std::string>();
    absl::StrAppend(&out, RunRow(name, run));
    if (run.at("loop") != "open") continue;
    if (!run.contains("crowds")) {
      lines.push_back(Line(name, run.at("latency_us")));
      continue;
    }
    const Json& crowds = run.at("crowds");
    for (size_t i = 0; i < crowds.size(); ++i) {
      const std::string crowd = profile.at("crowds").at(i).get<std::string>();
      const Json& latency = crowds[i].at("latency_us");
      const auto percentile = [&](const char* which) {
        return latency.is_null() ? "–" : Whole(latency.at(which));
      };
      const auto assessed = crowds[i].at("assessed").get<double>();
      const auto allowed = crowds[i].at("allowed").get<double>();
      absl::StrAppend(&out, Row({"· " + EscapedHtml(crowd), "", "", "", "",
                                 absl::StrFormat("%.1f %%", assessed > 0 ? 100 * allowed / assessed : 0),
                                 percentile("p50"), percentile("p99"), percentile("p99.9"), "", ""}));
      lines.push_back(Line(absl::StrCat(name, ": ", crowd), latency));
    }
  }
  absl::StrAppend(&out, "</table>\n", LatencyChart(lines));
}

}  // namespace

absl::StatusOr<std::string> ReportPage(std::string_view json) {
  try {
    const Json parsed = Json::parse(json);
    std::string out = absl::StrCat(kHead, "<h1>Latchkey under load</h1>\n");
    if (!parsed.contains("figures") && !parsed.contains("profiles"))
      return absl::InvalidArgumentError("neither a comparison nor profiles");
    if (parsed.contains("figures")) {
      AppendFigures(parsed, out);
      AppendPeers(parsed.at("peers"), out);
      AppendTrials(parsed.at("trials"), out);
    }
    for (const Json& profile : parsed.value("profiles", Json::array())) AppendProfile(profile, out);
    return out + "</html>\n";
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("not a report of latchkey-load: ", error.what()));
  }
}

}  // namespace latchkey::load
