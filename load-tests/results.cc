#include "load-tests/results.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/base/text.h"

namespace latchkey::load {
namespace {

constexpr double kPercentiles[] = {50, 90, 99, 99.9};

double Micros(Nanos span) { return static_cast<double>(span.count()) / 1e3; }

double Seconds(Nanos span) { return static_cast<double>(span.count()) / 1e9; }

std::string Title(const Summary& row) {
  if (row.kind == SubjectKind::kFloor) return "no-op (the floor)";
  return absl::StrCat("latchkeyd, ", ToAbsl(SubjectName(row.kind)));
}

// A thousand as "1 000", so that columns read at a glance.
std::string Grouped(double number) {
  std::string digits = absl::StrFormat("%.0f", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), " ");
  }
  return digits;
}

std::string Cpus(const std::vector<int>& cpus) {
  return cpus.empty() ? "any processor" : absl::StrCat("processor ", absl::StrJoin(cpus, ","));
}

void AppendClosed(const Results& results, std::string& out) {
  const Load& load = results.load;
  absl::StrAppendFormat(
      &out,
      "\nCapacity: closed loop, %d connections, %d calls in flight, %d x %.1f s, medians; server "
      "on %s, generator on %s\n\n",
      load.connections, load.in_flight, results.closed.front().rounds, Seconds(load.measured),
      Cpus(results.server_cpus), Cpus(results.client_cpus));
  absl::StrAppendFormat(&out, "  %-26s %11s %11s %13s %8s %8s %8s %7s %7s\n", "", "requests/s", "server",
                        "requests per", "of the", "redis", "server", "ALLOW", "errors");
  absl::StrAppendFormat(&out, "  %-26s %11s %11s %13s %8s %8s %8s %7s %7s\n", "", "", "CPU us", "CPU-second",
                        "floor", "CPU us", "busy", "", "");
  for (const Summary& row : results.closed) {
    const double ratio = results.RatioToFloor(row);
    absl::StrAppendFormat(
        &out, "  %-26s %11s %11.1f %13s %8s %8s %7.0f%% %6.0f%% %7d\n", Title(row),
        Grouped(row.requests_per_second), row.cpu_us_per_request, Grouped(row.requests_per_cpu_second),
        ratio > 0 ? absl::StrFormat("%.2f", ratio) : "",
        row.kind == SubjectKind::kRedis ? absl::StrFormat("%.1f", row.redis_us_per_request) : "",
        100 * row.server_busy, 100 * row.allowed_share, row.failed);
  }
}

void AppendOpen(const Results& results, std::string& out) {
  absl::StrAppendFormat(&out, "\nLatency: open loop, %s attempts/s, from the intended send time, in us\n\n",
                        Grouped(results.load.rate));
  absl::StrAppendFormat(&out, "  %-26s %9s %9s %9s %9s %9s %11s %7s\n", "", "p50", "p90", "p99", "p99.9",
                        "max", "sent late", "errors");
  for (const Summary& row : results.open) {
    absl::StrAppendFormat(&out, "  %-26s", Title(row));
    for (double percent : kPercentiles) {
      absl::StrAppendFormat(&out, " %9s", Grouped(Micros(row.latency.Percentile(percent))));
    }
    absl::StrAppendFormat(&out, " %9s %11s %7d\n", Grouped(Micros(row.latency.max())),
                          Grouped(Micros(row.late_max)), row.failed);
  }
}

nlohmann::ordered_json SummaryJson(const Results& results, const Summary& row) {
  nlohmann::ordered_json json = {{"subject", std::string(SubjectName(row.kind))},
                                 {"rounds", row.rounds},
                                 {"requests_per_second", row.requests_per_second},
                                 {"server_cpu_us_per_request", row.cpu_us_per_request},
                                 {"requests_per_cpu_second", row.requests_per_cpu_second},
                                 {"redis_cpu_us_per_request", row.redis_us_per_request},
                                 {"ratio_to_floor", results.RatioToFloor(row)},
                                 {"server_busy", row.server_busy},
                                 {"allowed_share", row.allowed_share},
                                 {"answered", row.answered},
                                 {"errors", row.failed},
                                 {"sent_late_max_us", Micros(row.late_max)}};
  auto& latency = json["latency_us"];
  for (double percent : kPercentiles) {
    latency[absl::StrCat("p", percent)] = Micros(row.latency.Percentile(percent));
  }
  latency["max"] = Micros(row.latency.max());
  return json;
}

}  // namespace

double Results::RatioToFloor(const Summary& summary) const {
  for (const Summary& row : closed) {
    if (row.kind == SubjectKind::kFloor && row.requests_per_cpu_second > 0)
      return summary.requests_per_cpu_second / row.requests_per_cpu_second;
  }
  return 0;
}

std::vector<std::string> Results::Missed() const {
  std::vector<std::string> missed;
  for (const Summary& row : closed) {
    const double ratio = RatioToFloor(row);
    if (row.kind == SubjectKind::kMemory && ratio > 0 && ratio < kMemoryRatioMin) {
      missed.push_back(absl::StrFormat(
          "requests per CPU-second on memory are %.2f of the floor's, below %.2f", ratio, kMemoryRatioMin));
    }
  }
  for (const auto* rows : {&closed, &open}) {
    for (const Summary& row : *rows) {
      if (row.failed > 0) {
        missed.push_back(absl::StrFormat("%d calls of %s have failed", row.failed, Title(row)));
      }
    }
  }
  if (redis_commands && std::max({redis_commands->assess_stranger, redis_commands->assess_device,
                                  redis_commands->report_success}) > kRedisCommandsMax + 0.05) {
    missed.push_back(absl::StrFormat("more than %.0f Redis commands a call", kRedisCommandsMax));
  }
  return missed;
}

std::string ToTable(const Results& results) {
  std::string out = absl::StrFormat("Workload %s: %s\n", results.workload, results.workload_what);
  if (!results.closed.empty()) AppendClosed(results, out);
  if (!results.open.empty()) AppendOpen(results, out);
  if (results.redis_commands) {
    const RedisCommands& commands = *results.redis_commands;
    absl::StrAppendFormat(
        &out,
        "\nRedis commands: %.2f an Assess of a stranger, %.2f of a device; %.2f a Report of a failure, "
        "%.2f of a success; %.2f a refused repeat (%s)\n",
        commands.assess_stranger, commands.assess_device, commands.report_failure, commands.report_success,
        commands.refused_repeat, absl::StrJoin(commands.names, ", "));
  }
  for (const std::string& missed : results.Missed()) absl::StrAppend(&out, "\nMISSED: ", missed, "\n");
  return out;
}

std::string ToJson(const Results& results) {
  nlohmann::ordered_json json = {{"workload", results.workload},
                                 {"connections", results.load.connections},
                                 {"in_flight", results.load.in_flight},
                                 {"rate", results.load.rate},
                                 {"measured_seconds", Seconds(results.load.measured)},
                                 {"server_cpus", results.server_cpus},
                                 {"client_cpus", results.client_cpus},
                                 {"closed_loop", nlohmann::ordered_json::array()},
                                 {"open_loop", nlohmann::ordered_json::array()},
                                 {"missed", results.Missed()}};
  for (const Summary& row : results.closed) json["closed_loop"].push_back(SummaryJson(results, row));
  for (const Summary& row : results.open) json["open_loop"].push_back(SummaryJson(results, row));
  if (results.redis_commands) {
    const RedisCommands& commands = *results.redis_commands;
    json["redis_commands"] = {
        {"assess_stranger", commands.assess_stranger}, {"assess_device", commands.assess_device},
        {"report_failure", commands.report_failure},   {"report_success", commands.report_success},
        {"refused_repeat", commands.refused_repeat},   {"names", commands.names}};
  }
  return json.dump(2) + "\n";
}

}  // namespace latchkey::load
