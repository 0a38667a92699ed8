#include "load-tests/capacity.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace latchkey::load {
namespace {

using Json = nlohmann::ordered_json;

// What is assumed, not measured; docs/capacity.md says why.
constexpr double kBusyMost = 0.6;          // of a processor, so that one node or shard may fail
constexpr double kProcessors = 8;          // of a node
constexpr double kShardBytes = 16e9;       // that a shard may fill
constexpr double kPeakOverMean = 5;        // logins a second at nine o'clock, over those of a whole day
constexpr double kPrimariesMost = 1000;    // of one Cluster, as Redis' own documentation advises
constexpr double kConnectionsMost = 9000;  // of one Redis, of its default of 10 000

// In µs of a processor and in bytes.
struct Costs {
  double engine_unary;     // a login: Assess and Report
  double engine_converse;  // the same, in frames
  double redis_piped;      // a login's commands, many in flight
  double redis_alone;      // one at a time: each with a read and a write of its own
  double bytes_per_key;
};

double MedianOf(const Json& spread) { return spread.at("median").get<double>(); }

const Json& Trial(const Json& compare, std::string_view name) {
  for (const Json& trial : compare.at("trials")) {
    if (trial.at("name") == name) return trial;
  }
  throw std::invalid_argument(absl::StrCat("the comparison has no '", std::string(name), "'"));
}

// Assess and Report are two answers.
double EngineLogin(const Json& compare, std::string_view trial) {
  return 2 * MedianOf(Trial(compare, trial).at("server_cpu_us_per_request"));
}

Costs Read(const Json& compare, const Json& scaling) {
  const Json& shards = scaling.at("shards");
  const Json& widest = shards.at("each").back();
  return {EngineLogin(compare, "redis login"), EngineLogin(compare, "redis login converse"),
          MedianOf(widest.at("redis_us_per_login")), MedianOf(shards.at("alone").at("redis_us_per_login")),
          MedianOf(widest.at("bytes_per_key"))};
}

double Nodes(double rate, double engine_us) {
  return std::ceil(rate * engine_us / 1e6 / (kBusyMost * kProcessors)) + 1;  // and one that may fail
}

double ShardsFor(double rate, double redis_us) {
  return std::max(1.0, std::ceil(rate * redis_us / 1e6 / kBusyMost));
}

// Accounts whose records are there, when each logs in once in so many days.
double Accounts(double rate, double days) { return rate / kPeakOverMean * days * 86'400; }

double ShardsForBytes(double accounts, double bytes) {
  return std::max(1.0, std::ceil(accounts * bytes / kShardBytes));
}

std::string Whole(double number) {
  std::string digits = absl::StrFormat("%.0f", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), " ");
  return digits;
}

// The rate at which something ends, in words.
struct End {
  std::string what;
  double rate;
};

std::vector<End> Ends(const Costs& costs) {
  // A shard hears from every loop of every node: with one loop a node, as many connections as nodes.
  const double per_node = kBusyMost * kProcessors * 1e6 / costs.engine_converse;
  return {
      {"the processors of one Redis", kBusyMost * 1e6 / costs.redis_piped},
      {"the memory of one Redis, when accounts log in once a day",
       kShardBytes / costs.bytes_per_key * kPeakOverMean / 86'400},
      {"the memory of one Cluster, when accounts log in once a day",
       kPrimariesMost * kShardBytes / costs.bytes_per_key * kPeakOverMean / 86'400},
      {"the processors of one Cluster", kPrimariesMost * kBusyMost * 1e6 / costs.redis_alone},
      {"connections of one Redis", kConnectionsMost * per_node},
  };
}

std::string Model(const Costs& costs) {
  std::string out = absl::StrFormat(
      "| a login (Assess and Report), µs of a processor | |\n|---|---|\n| engine, unary | %.1f |\n| engine, "
      "by Converse | "
      "%.1f |\n| Redis, many commands in flight | %.1f |\n| Redis, each command by itself | %.1f |\n| bytes "
      "of Redis a "
      "record | %.0f |\n\n",
      costs.engine_unary, costs.engine_converse, costs.redis_piped, costs.redis_alone, costs.bytes_per_key);
  absl::StrAppendFormat(&out,
                        "| logins a second at the peak | nodes of %.0f processors, unary | nodes, by "
                        "Converse | shards for commands in flight together | "
                        "shards for commands by themselves | shards for memory, accounts log in daily | "
                        "shards for memory, every 38 days |\n"
                        "|---|---|---|---|---|---|---|\n",
                        kProcessors);
  for (const double rate : {1e3, 1e5, 1e7}) {
    absl::StrAppend(&out, "| ", Whole(rate), " | ", Whole(Nodes(rate, costs.engine_unary)), " | ",
                    Whole(Nodes(rate, costs.engine_converse)), " | ",
                    Whole(ShardsFor(rate, costs.redis_piped)), " | ",
                    Whole(ShardsFor(rate, costs.redis_alone)), " | ",
                    Whole(ShardsForBytes(Accounts(rate, 1), costs.bytes_per_key)), " | ",
                    Whole(ShardsForBytes(Accounts(rate, 38), costs.bytes_per_key)), " |\n");
  }
  std::vector<End> ends = Ends(costs);
  std::stable_sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.rate < b.rate; });
  absl::StrAppend(&out, "\n| what ends, in this order | at logins a second |\n|---|---|\n");
  for (const End& end : ends) absl::StrAppend(&out, "| ", end.what, " | ", Whole(end.rate), " |\n");
  return out;
}

}  // namespace

absl::StatusOr<std::string> CapacityModel(std::string_view compare_json, std::string_view scaling_json) {
  try {
    return Model(Read(Json::parse(compare_json), Json::parse(scaling_json)));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("cannot model from these: ", error.what()));
  }
}

}  // namespace latchkey::load
