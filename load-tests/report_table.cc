#include "load-tests/report_table.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace latchkey::load {
namespace {

using Json = nlohmann::ordered_json;

std::string Number(const Json& value) {
  if (!value.is_number()) return "not measured";
  const auto number = value.get<double>();
  return number < 10 ? absl::StrFormat("%.2f", number) : absl::StrFormat("%.1f", number);
}

// "1.9 (1.7 to 2.2)"
std::string Spread(const Json& spread) {
  if (spread.is_null()) return "not measured";
  return absl::StrCat(Number(spread.at("median")), " (", Number(spread.at("min")), " to ",
                      Number(spread.at("max")), ")");
}

std::string Target(const Json& figure) {
  const bool least = figure.contains("at_least");
  if (!least && !figure.contains("at_most")) return "";
  return absl::StrFormat("%s %g", least ? "at least" : "at most",
                         figure.at(least ? "at_least" : "at_most").get<double>());
}

std::string Reached(const Json& figure) {
  if (!figure.contains("reached") || figure.at("reached").is_null()) return "";
  return figure.at("reached").get<bool>() ? "yes" : "no";
}

void AppendFigures(const Json& json, std::string& out) {
  absl::StrAppend(&out, "| what | median (least to most) | target | reached |\n|---|---|---|---|\n");
  for (const Json& figure : json.at("figures")) {
    absl::StrAppend(&out, "| ", figure.at("what").get<std::string>(), " | ", Spread(figure.at("spread")),
                    " | ", Target(figure), " | ", Reached(figure), " |\n");
  }
}

void AppendCommands(const Json& commands, std::string& out) {
  if (commands.is_null()) return;
  const Json cluster = commands.value("cluster", Json());
  absl::StrAppend(&out, "\n| Redis commands a call | one server | Cluster |\n|---|---|---|\n");
  constexpr std::pair<const char*, const char*> kRows[] = {{"assess_stranger", "Assess of a stranger"},
                                                           {"assess_device", "Assess of a device"},
                                                           {"report_failure", "Report of a failure"},
                                                           {"report_success", "Report of a success"},
                                                           {"refused_repeat", "a refused repeat"}};
  for (const auto& [name, what] : kRows) {
    absl::StrAppend(&out, "| ", what, " | ", Number(commands.at(name)), " | ",
                    cluster.is_null() ? "not measured" : Number(cluster.at(name)), " |\n");
  }
}

void AppendPeers(const Json& peers, std::string& out) {
  if (peers.empty()) return;
  absl::StrAppend(
      &out,
      "\n| peer | a check: server + Redis, µs | its check / our login by Converse | its check / our login, "
      "unary |\n|---|---|---|---|\n");
  for (const auto& [name, peer] : peers.items()) {
    if (peer.at("status") == "absent") {
      absl::StrAppend(&out, "| ", name, " | absent | | |\n");
      continue;
    }
    const Json& spreads = peer.at("spreads");
    absl::StrAppend(&out, "| ", name, " ", peer.at("version").get<std::string>(), " | ",
                    Number(peer.at("cpu_us_per_check")), " + ", Number(peer.at("redis_us_per_check")), " | ",
                    Spread(spreads.at("login_converse_ratio")), " | ",
                    Spread(spreads.at("login_unary_ratio")), " |\n");
  }
}

}  // namespace

absl::StatusOr<std::string> CompareTable(std::string_view json) {
  try {
    const Json parsed = Json::parse(json);
    std::string out;
    AppendFigures(parsed, out);
    AppendCommands(parsed.at("redis_commands"), out);
    AppendPeers(parsed.at("peers"), out);
    absl::StrAppendFormat(&out, "\n%d rounds of %.1f s each.\n", parsed.at("rounds").get<int>(),
                          parsed.at("measured_seconds").get<double>());
    return out;
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("not a comparison: ", error.what()));
  }
}

}  // namespace latchkey::load
