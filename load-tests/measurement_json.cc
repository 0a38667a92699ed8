#include "load-tests/measurement_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace latchkey::load {
namespace {

using Json = nlohmann::ordered_json;

double Micros(Nanos span) { return static_cast<double>(span.count()) / 1e3; }

Tally Together(const std::vector<Measurement>& rounds) {
  Tally all;
  for (const Measurement& round : rounds) {
    const Tally& tally = round.tally;
    all.answered += tally.answered;
    all.reported += tally.reported;
    all.degraded += tally.degraded;
    all.late_max = std::max(all.late_max, tally.late_max);
    all.latency.Merge(tally.latency);
    for (const auto& [code, count] : tally.errors) all.errors[code] += count;
    for (size_t i = 0; i < tally.actions.size(); ++i) all.actions[i] += tally.actions[i];
    all.crowds.resize(std::max(all.crowds.size(), tally.crowds.size()));
    for (size_t i = 0; i < tally.crowds.size(); ++i) {
      all.crowds[i].assessed += tally.crowds[i].assessed;
      all.crowds[i].allowed += tally.crowds[i].allowed;
      all.crowds[i].latency.Merge(tally.crowds[i].latency);
    }
  }
  return all;
}

}  // namespace

Json SpreadJson(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {{"min", spread->min}, {"median", spread->median}, {"max", spread->max}, {"rounds", spread->rounds}};
}

Json LatencyJson(const Histogram& latency) {
  if (latency.count() == 0) return nullptr;
  Json json;
  for (const double percent : {50.0, 90.0, 99.0, 99.9})
    json[absl::StrCat("p", percent)] = Micros(latency.Percentile(percent));
  json["max"] = Micros(latency.max());
  Json& curve = json["curve"] = Json::array();
  // Five points for each halving of what lies above, as far as there are ten values above.
  const double least = 1000.0 / static_cast<double>(latency.count());
  for (double above = 100; above >= least && above > 1e-4; above *= std::exp2(-0.2)) {
    const double percent = std::max(100 - above, 1e-9);
    curve.push_back({percent, Micros(latency.Percentile(percent))});
  }
  return json;
}

Json RoundsJson(const std::string& name, const std::vector<Measurement>& rounds) {
  const auto spread = [&](auto of) {
    std::vector<double> values;
    for (const Measurement& round : rounds) values.push_back(of(round));
    return SpreadJson(SpreadOf(std::move(values)));
  };
  const Tally all = Together(rounds);
  Json json = {
      {"name", name},
      {"requests_per_second", spread([](const Measurement& m) { return m.tally.per_second(); })},
      {"server_cpu_us_per_request", spread([](const Measurement& m) { return m.cpu_us_per_request(); })},
      {"redis_cpu_us_per_request", spread([](const Measurement& m) { return m.redis_us_per_request(); })},
      {"cpu_us_per_login", spread([](const Measurement& m) { return m.cpu_us_per_login(); })},
      {"server_busy", spread([](const Measurement& m) { return m.server_busy(); })},
      {"allowed_share", all.allowed_share()},
      {"answered", all.answered},
      {"degraded", all.degraded},
      {"errors", all.failed()},
      {"sent_late_max_us", Micros(all.late_max)},
      {"latency_us", LatencyJson(all.latency)}};
  for (const CrowdTally& crowd : all.crowds) {
    json["crowds"].push_back({{"assessed", crowd.assessed},
                              {"allowed", crowd.allowed},
                              {"latency_us", LatencyJson(crowd.latency)}});
  }
  return json;
}

}  // namespace latchkey::load
