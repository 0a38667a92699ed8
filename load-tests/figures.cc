#include "load-tests/figures.h"

#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "load-tests/measurement_json.h"

namespace latchkey::load {
namespace {

using Json = nlohmann::ordered_json;
using Of = std::function<double(const Measurement&)>;

double ServerUs(const Measurement& m) { return m.cpu_us_per_request(); }
double RedisUs(const Measurement& m) { return m.redis_us_per_request(); }
double BothUs(const Measurement& m) { return m.cpu_us_per_request() + m.redis_us_per_request(); }
double LoginUs(const Measurement& m) { return m.cpu_us_per_login(); }
double PerSecond(const Measurement& m) { return m.tally.per_second(); }
double Busy(const Measurement& m) { return m.server_busy(); }
double Refused(const Measurement& m) { return 1 - m.tally.allowed_share(); }
double P99(const Measurement& m) { return static_cast<double>(m.tally.latency.Percentile(99).count()); }

std::vector<double> Values(const std::vector<Measurement>& rounds, const Of& of) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const Measurement& round : rounds) values.push_back(of(round));
  return values;
}

std::vector<double> Values(const Comparison& comparison, const std::string& trial, const Of& of) {
  const auto found = comparison.trials.find(trial);
  return found == comparison.trials.end() ? std::vector<double>{} : Values(found->second, of);
}

std::optional<Spread> Known(const Spread& spread) {
  return spread.rounds == 0 ? std::nullopt : std::optional<Spread>(spread);
}

Json NumberJson(const std::optional<Spread>& spread) { return spread ? Json(spread->median) : Json(); }

Json FigureJson(const Figure& figure) {
  Json json = {{"name", figure.name}, {"what", figure.what}, {"spread", SpreadJson(figure.spread)}};
  if (figure.sense != Sense::kNone) {
    json[figure.sense == Sense::kAtLeast ? "at_least" : "at_most"] = figure.target;
    json["reached"] = figure.spread ? Json(!figure.missed()) : Json();
  }
  return json;
}

Json CommandsJson(const std::optional<RedisCommands>& commands) {
  if (!commands) return nullptr;
  return {{"assess_stranger", commands->assess_stranger}, {"assess_device", commands->assess_device},
          {"report_failure", commands->report_failure},   {"report_success", commands->report_success},
          {"refused_repeat", commands->refused_repeat},   {"names", commands->names}};
}

Json PeerJson(const PeerFigures& peer) {
  if (!peer.absent.empty()) return {{"status", "absent"}, {"why", peer.absent}};
  return {{"status", "measured"},
          {"version", peer.version},
          {"store", peer.redis ? "redis" : "memory"},
          {"checks_per_second", peer.checks_per_second},
          {"cpu_us_per_check", peer.server_us.median},
          {"redis_us_per_check", peer.redis_us.median},
          {"server_busy", peer.server_busy},
          {"refused_share", peer.refused_share},
          {"login_converse_ratio", NumberJson(peer.login_converse.spread)},
          {"login_unary_ratio", NumberJson(peer.login_unary.spread)},
          {"spreads",
           {{"cpu_us_per_check", SpreadJson(peer.server_us)},
            {"redis_us_per_check", SpreadJson(peer.redis_us)},
            {"login_converse_ratio", SpreadJson(peer.login_converse.spread)},
            {"login_unary_ratio", SpreadJson(peer.login_unary.spread)}}},
          {"targets", {FigureJson(peer.login_converse), FigureJson(peer.login_unary)}}};
}

// Exact ones: at most so many commands.
struct CommandTarget {
  const char* what;
  double RedisCommands::*count;
  double most;
};
constexpr CommandTarget kOneServer[] = {{"Assess of a stranger", &RedisCommands::assess_stranger, 1},
                                        {"Assess of a device", &RedisCommands::assess_device, 1},
                                        {"Report of a failure", &RedisCommands::report_failure, 0},
                                        {"Report of a success", &RedisCommands::report_success, 1},
                                        {"a refused repeat", &RedisCommands::refused_repeat, 0}};
constexpr CommandTarget kCluster[] = {{"Assess of a stranger", &RedisCommands::assess_stranger, 2},
                                      {"Assess of a device", &RedisCommands::assess_device, 1},
                                      {"Report of a failure", &RedisCommands::report_failure, 0},
                                      {"Report of a success", &RedisCommands::report_success, 2},
                                      {"a refused repeat", &RedisCommands::refused_repeat, 0}};
// What a node asks by itself now and then.
constexpr double kCommandsOfItsOwn = 0.05;

}  // namespace

bool Figure::missed() const {
  if (!spread) return false;
  return (sense == Sense::kAtLeast && spread->median < target) ||
         (sense == Sense::kAtMost && spread->median > target);
}

std::vector<Figure> FiguresOf(const Comparison& comparison) {
  const auto values = [&](const char* trial, const Of& of) { return Values(comparison, trial, of); };
  const std::vector<double> floor = values("floor", ServerUs);
  // Requests per CPU-second over the floor's.
  const auto to_floor = [&](const char* trial) { return Known(RatioOf(floor, values(trial, ServerUs))); };
  std::optional<Spread> scripts;
  if (comparison.scripts) {
    const ScriptCost& cost = *comparison.scripts;
    scripts = Spread{cost.ratio_min, cost.ratio, cost.ratio_max, 1};
  }
  return {
      {"floor_unary_cpu_us", "no-op, unary: processor time of a call, µs", Sense::kNone, 0,
       Known(SpreadOf(floor))},
      {"assess_cpu_us", "Assess, unary, memory: the same, µs", Sense::kNone, 0,
       Known(SpreadOf(values("memory", ServerUs)))},
      {"assess_ratio", "Assess, unary, memory / no-op", Sense::kAtLeast, 0.85, to_floor("memory")},
      {"converse_ratio", "an item of Converse, 64 a frame, memory / unary no-op", Sense::kAtLeast, 6,
       to_floor("memory converse")},
      {"refused_ratio", "refused attempt, memory / no-op", Sense::kAtLeast, 0.92, to_floor("memory refused")},
      {"redis_refused_ratio", "refused attempt, Redis / no-op", Sense::kAtLeast, 0.92,
       to_floor("redis refused")},
      {"redis_engine_ratio", "Assess, unary, Redis: processor time of the engine / of the no-op",
       Sense::kAtMost, 1.8, Known(RatioOf(values("redis", ServerUs), floor))},
      {"redis_cpu_ratio", "processor time of Redis: scripts of an Assess / scripts that do nothing",
       Sense::kAtMost, 4, scripts},
      {"p99_ratio", "p99 at half of saturation, memory / no-op at the same rate", Sense::kAtMost, 2,
       Known(RatioOf(values("memory paced", P99), values("floor paced", P99)))},
      {"policy_100_ratio", "Assess, unary, memory: processor time under 100 rules / under the default policy",
       Sense::kAtMost, 2, Known(RatioOf(values("memory many rules", ServerUs), values("memory", ServerUs)))},
  };
}

std::vector<PeerFigures> PeerFiguresOf(const Comparison& comparison) {
  std::vector<PeerFigures> all;
  for (const PeerRounds& peer : comparison.peers) {
    PeerFigures figures{
        .name = peer.kind.name, .version = peer.version, .absent = peer.absent, .redis = peer.kind.redis};
    const auto check = Values(peer.rounds, BothUs);
    const std::string store = peer.kind.redis ? "redis" : "memory";
    figures.checks_per_second = SpreadOf(Values(peer.rounds, PerSecond)).median;
    figures.server_busy = SpreadOf(Values(peer.rounds, Busy)).median;
    figures.refused_share = SpreadOf(Values(peer.rounds, Refused)).median;
    figures.server_us = SpreadOf(Values(peer.rounds, ServerUs));
    figures.redis_us = SpreadOf(Values(peer.rounds, RedisUs));
    figures.login_converse = {"login_converse_ratio", "a login by Converse / its check", Sense::kAtLeast, 2,
                              Known(RatioOf(check, Values(comparison, store + " login converse", LoginUs)))};
    figures.login_unary = {"login_unary_ratio", "a login, unary / its check",
                           peer.kind.redis ? Sense::kAtLeast : Sense::kNone, 1.5,
                           Known(RatioOf(check, Values(comparison, store + " login", LoginUs)))};
    all.push_back(std::move(figures));
  }
  return all;
}

std::vector<std::string> MissedIn(const Comparison& comparison) {
  std::vector<std::string> missed = comparison.problems;
  const auto add = [&](const std::string& of, const Figure& figure) {
    if (!figure.missed()) return;
    missed.push_back(absl::StrFormat("%s%s is %.2f, but should be at %s %g", of, figure.what,
                                     figure.spread->median,
                                     figure.sense == Sense::kAtLeast ? "least" : "most", figure.target));
  };
  for (const Figure& figure : FiguresOf(comparison)) add("", figure);
  for (const PeerFigures& peer : PeerFiguresOf(comparison)) {
    add(peer.name + ": ", peer.login_converse);
    add(peer.name + ": ", peer.login_unary);
  }
  const auto add_commands = [&](const std::optional<RedisCommands>& counted, const auto& targets,
                                const char* where) {
    if (!counted) return;
    for (const CommandTarget& target : targets) {
      const double count = (*counted).*target.count;
      if (count > target.most + kCommandsOfItsOwn)
        missed.push_back(absl::StrFormat("%s sends %.2f commands to %s, not %.0f", target.what, count, where,
                                         target.most));
    }
  };
  add_commands(comparison.commands, kOneServer, "one Redis");
  add_commands(comparison.cluster_commands, kCluster, "a Cluster");
  for (const auto& [name, rounds] : comparison.trials) {
    int64_t failed = 0;
    int64_t degraded = 0;
    int64_t answered = 0;
    for (const Measurement& round : rounds) {
      failed += round.tally.failed();
      degraded += round.tally.degraded;
      answered += round.tally.answered;
    }
    // What was answered without the store is not what was to be measured.
    if (degraded * 100 > answered)
      missed.push_back(
          absl::StrCat(name, ": ", degraded, " of ", answered, " were answered without the store"));
    if (failed > 0) missed.push_back(absl::StrCat(name, ": ", failed, " calls have failed"));
  }
  return missed;
}

std::string CompareJson(const CompareSettings& settings, const Comparison& comparison) {
  const std::vector<Figure> figures = FiguresOf(comparison);
  Json json;
  for (const Figure& figure : figures) json[figure.name] = NumberJson(figure.spread);
  json["redis_commands"] = CommandsJson(comparison.commands);
  if (comparison.commands) json["redis_commands"]["cluster"] = CommandsJson(comparison.cluster_commands);
  json["peers"] = Json::object();
  for (const PeerFigures& peer : PeerFiguresOf(comparison)) json["peers"][peer.name] = PeerJson(peer);
  json["missed"] = MissedIn(comparison);
  json["rounds"] = settings.rounds;
  json["measured_seconds"] = static_cast<double>(settings.load.measured.count()) / 1e9;
  json["connections"] = settings.load.connections;
  json["in_flight"] = settings.load.in_flight;
  json["frame_items"] = settings.load.frame_items;
  json["paced_rate"] = comparison.paced_rate;
  json["figures"] = Json::array();
  for (const Figure& figure : figures) json["figures"].push_back(FigureJson(figure));
  if (comparison.scripts) {
    const ScriptCost& cost = *comparison.scripts;
    json["redis_scripts"] = {{"assess_us", cost.assess_us},
                             {"noop_us", cost.noop_us},
                             {"request_bytes", cost.request_bytes},
                             {"reply_bytes", cost.reply_bytes}};
  }
  json["trials"] = Json::array();
  for (const auto& [name, rounds] : comparison.trials) json["trials"].push_back(RoundsJson(name, rounds));
  return json.dump(2) + "\n";
}

}  // namespace latchkey::load
