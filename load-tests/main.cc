// latchkey-load: how much Latchkey costs, beside what a server costs that does nothing, from one run.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "load-tests/processor.h"
#include "load-tests/results.h"

namespace {

using namespace latchkey::load;  // NOLINT(google-build-using-namespace): a program of one file

struct Settings {
  std::vector<std::string> subjects = {"floor", "memory", "redis"};
  std::string workload = "assess";
  std::string output = "table";
  int rounds = 5;
  double seconds = 3;
  double warm_up_seconds = 1;
  bool pin = true;
  bool gate = false;
  bool closed = true;
  bool open = true;
  bool compare = false;
  Programs programs;
  Load load;
};

std::string BesideThisProgram(const char* name) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return (self.parent_path() / name).lexically_normal().string();
}

void DefineOptions(CLI::App& app, Settings& settings) {
  app.add_option("--subjects", settings.subjects, "what to measure: floor, memory, redis")
      ->delimiter(',')
      ->check(CLI::IsMember({"floor", "memory", "redis"}))
      ->capture_default_str();
  app.add_option("--workload", settings.workload, "what to send")
      ->check(CLI::IsMember(WorkloadNames()))
      ->capture_default_str();
  app.add_option("--rounds", settings.rounds, "how often each subject is measured, in turns")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seconds", settings.seconds, "how long each time")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  app.add_option("--warm-up", settings.warm_up_seconds, "seconds before that, not measured")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  app.add_option("--connections", settings.load.connections, "connections")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--in-flight", settings.load.in_flight,
                 "calls in flight in the closed loop, over all connections")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--rate", settings.load.rate, "attempts a second in the open loop")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_flag("--closed,!--no-closed", settings.closed, "measure capacity in a closed loop (the default)");
  app.add_flag("--open,!--no-open", settings.open, "measure latency in an open loop (the default)");
  app.add_flag("--compare", settings.compare,
               "measure Converse and refused attempts beside the workload, and tell all ratios");
  app.add_option("--frame-items", settings.load.frame_items, "items in a frame of Converse")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_flag("--pin,!--no-pin", settings.pin,
               "keep server and generator on different processors (the default where there are two)");
  app.add_flag("--gate", settings.gate, "exit with 2 when a target is missed");
  app.add_option("--policy", settings.programs.policy_file, "the policy that latchkeyd is started with")
      ->check(CLI::ExistingFile)
      ->capture_default_str();
  app.add_option("--record", settings.programs.recording_folder,
                 "a folder for what latchkeyd keeps: it records in full, for `latchkey backtest`");
  app.add_option("--latchkeyd", settings.programs.latchkeyd, "the program to measure")
      ->check(CLI::ExistingFile)
      ->capture_default_str();
  app.add_option("-o,--output", settings.output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

std::vector<SubjectKind> Kinds(const Settings& settings) {
  std::vector<SubjectKind> kinds;
  for (SubjectKind kind : {SubjectKind::kFloor, SubjectKind::kMemory, SubjectKind::kRedis}) {
    const auto& chosen = settings.subjects;
    if (std::find(chosen.begin(), chosen.end(), SubjectName(kind)) != chosen.end()) kinds.push_back(kind);
  }
  return kinds;
}

// What is measured in one turn.
struct Trial {
  SubjectKind kind;
  std::string variant;  // of Summary
  const Workload* workload;
  Loop loop;
};

// Trials in turns, so that a slow moment of the machine is everybody's.
absl::StatusOr<std::vector<Summary>> MeasureAll(const Settings& settings, const std::vector<Trial>& trials) {
  std::vector<std::vector<Measurement>> rounds(trials.size());
  for (int round = 0; round < settings.rounds; ++round) {
    for (size_t i = 0; i < trials.size(); ++i) {
      const Trial& trial = trials[i];
      std::fprintf(stderr, "%s loop, round %d of %d: %s %s\n", trial.loop == Loop::kOpen ? "open" : "closed",
                   round + 1, settings.rounds, std::string(SubjectName(trial.kind)).c_str(),
                   trial.variant.c_str());
      Load load = settings.load;
      // So many frames a connection are in flight: one is made while the other is worked on.
      if (trial.loop == Loop::kConverse)
        load.in_flight = std::max(load.in_flight, 2 * load.connections * load.frame_items);
      auto measured = Measure(trial.kind, trial.loop, settings.programs, *trial.workload, load);
      if (!measured.ok()) return measured.status();
      rounds[i].push_back(*std::move(measured));
    }
  }
  std::vector<Summary> summaries;
  for (size_t i = 0; i < trials.size(); ++i) {
    summaries.push_back(Summarize(trials[i].kind, rounds[i]));
    summaries.back().variant = trials[i].variant;
  }
  return summaries;
}

std::vector<Trial> Trials(const Settings& settings, const Workload& workload, Loop loop) {
  std::vector<Trial> trials;
  for (SubjectKind kind : Kinds(settings)) trials.push_back({kind, "", &workload, loop});
  return trials;
}

// The workload's own, Converse in memory, and the attack on each store.
std::vector<Trial> ComparedTrials(const Settings& settings, const Workload& workload,
                                  const Workload& attack) {
  std::vector<Trial> trials = Trials(settings, workload, Loop::kClosed);
  for (SubjectKind kind : Kinds(settings)) {
    if (kind == SubjectKind::kFloor) continue;
    if (kind == SubjectKind::kMemory) trials.push_back({kind, "converse", &workload, Loop::kConverse});
    trials.push_back({kind, "refused", &attack, Loop::kClosed});
  }
  return trials;
}

absl::Status Run(const Settings& settings, Results& results) {
  // Threads that are started later stay where this one is.
  if (absl::Status pinned = PinTo(0, results.client_cpus); !pinned.ok()) return pinned;
  auto shape = FindWorkload(settings.workload);
  if (!shape.ok()) return shape.status();
  const Workload workload(*shape);
  results.workload = shape->name;
  results.workload_what = std::string(shape->what);
  results.load = settings.load;
  results.server_cpus = settings.programs.server_cpus;
  if (settings.closed || settings.compare) {
    const Workload attack(*FindWorkload("attack"));
    auto closed = MeasureAll(settings, settings.compare ? ComparedTrials(settings, workload, attack)
                                                        : Trials(settings, workload, Loop::kClosed));
    if (!closed.ok()) return closed.status();
    results.closed = *std::move(closed);
  }
  if (settings.open) {
    auto open = MeasureAll(settings, Trials(settings, workload, Loop::kOpen));
    if (!open.ok()) return open.status();
    results.open = *std::move(open);
  }
  const auto& chosen = settings.subjects;
  if (std::find(chosen.begin(), chosen.end(), "redis") != chosen.end()) {
    auto commands = MeasureRedisCommands(settings.programs);
    if (!commands.ok()) return commands.status();
    results.redis_commands = *std::move(commands);
  }
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  settings.programs.floor = BesideThisProgram("latchkey-load-floor");
  settings.programs.latchkeyd = BesideThisProgram("../server/latchkeyd");
  settings.programs.policy_file = LATCHKEY_DEFAULT_POLICY;
  CLI::App app{
      "Measures latchkeyd beside a server that does nothing, and prints the ratios.\n"
      "Exit codes: 0 measured, 1 could not measure, 2 a target was missed (with --gate)."};
  DefineOptions(app, settings);
  CLI11_PARSE(app, argc, argv);

  const auto seconds = [](double s) { return Nanos{static_cast<int64_t>(s * 1e9)}; };
  settings.load.measured = seconds(settings.seconds);
  settings.load.warm_up = seconds(settings.warm_up_seconds);
  Results results;
  const int cpus = static_cast<int>(std::thread::hardware_concurrency());
  if (settings.pin && cpus >= 2) {
    settings.programs.server_cpus = {0};
    for (int cpu = 1; cpu < cpus; ++cpu) results.client_cpus.push_back(cpu);
  }
  if (absl::Status status = Run(settings, results); !status.ok()) {
    std::fprintf(stderr, "latchkey-load: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  const std::string text = settings.output == "json" ? ToJson(results) : ToTable(results);
  std::fputs(text.c_str(), stdout);
  return settings.gate && !results.Missed().empty() ? 2 : 0;
}
