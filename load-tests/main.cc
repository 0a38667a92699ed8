// latchkey-load: how much Latchkey costs, beside what a server costs that does nothing, from one run.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "load-tests/capacity.h"
#include "load-tests/compare.h"
#include "load-tests/figures.h"
#include "load-tests/page_section.h"
#include "load-tests/processor.h"
#include "load-tests/profile_run.h"
#include "load-tests/report_page.h"
#include "load-tests/report_table.h"
#include "load-tests/results.h"
#include "load-tests/scaling.h"

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
  bool scaling = false;
  bool peers = true;
  std::vector<std::string> profiles;
  std::string profile_folder = LATCHKEY_LOAD_PROFILES;
  std::string peer_scripts = LATCHKEY_LOAD_PEERS;
  std::string page_file;
  std::vector<int> shards = {1, 2, 3, 6};
  std::vector<int64_t> accounts = {10'000, 100'000, 1'000'000, 10'000'000};
  std::vector<int> client_cpus;
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
               "measure floors, Latchkey and peers side by side, and tell every ratio by its name");
  app.add_flag("--peers,!--no-peers", settings.peers, "with --compare: measure peers too (the default)");
  app.add_option("--profiles", settings.profiles, "play these days of load-tests/profiles, or: all")
      ->delimiter(',');
  app.add_flag("--scaling", settings.scaling, "measure more shards and more accounts");
  app.add_option("--shards", settings.shards, "with --scaling: numbers of shards; 0: none")
      ->delimiter(',')
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--accounts", settings.accounts, "with --scaling: numbers of accounts; 0: none")
      ->delimiter(',')
      ->check(CLI::Range(0, 9'999'999 + 1))
      ->capture_default_str();
  app.add_option("--page", settings.page_file,
                 "with --compare or --profiles: write an HTML page to this file too");
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
  app.add_option("--floor", settings.programs.floor, "the server that does nothing, to measure beside it")
      ->check(CLI::ExistingFile)
      ->capture_default_str();
  app.add_option("-o,--output", settings.output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

bool Chosen(const Settings& settings, std::string_view subject) {
  const auto& chosen = settings.subjects;
  return std::find(chosen.begin(), chosen.end(), subject) != chosen.end();
}

std::vector<SubjectKind> Kinds(const Settings& settings) {
  std::vector<SubjectKind> kinds;
  for (SubjectKind kind : {SubjectKind::kFloor, SubjectKind::kMemory, SubjectKind::kRedis}) {
    if (Chosen(settings, SubjectName(kind))) kinds.push_back(kind);
  }
  return kinds;
}

// What one invocation prints, and whether it has missed a target.
struct Outcome {
  std::string text;
  bool missed = false;
};

// Subjects in turns, so that a slow moment of the machine is everybody's.
absl::StatusOr<std::vector<Summary>> MeasureAll(const Settings& settings, const Workload& workload,
                                                Loop loop) {
  const std::vector<SubjectKind> kinds = Kinds(settings);
  std::vector<std::vector<Measurement>> rounds(kinds.size());
  for (int round = 0; round < settings.rounds; ++round) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      std::fprintf(stderr, "%s loop, round %d of %d: %s\n", loop == Loop::kOpen ? "open" : "closed",
                   round + 1, settings.rounds, std::string(SubjectName(kinds[i])).c_str());
      auto measured = Measure(kinds[i], loop, settings.programs, workload, settings.load);
      if (!measured.ok()) return measured.status();
      rounds[i].push_back(*std::move(measured));
    }
  }
  std::vector<Summary> summaries;
  for (size_t i = 0; i < kinds.size(); ++i) summaries.push_back(Summarize(kinds[i], rounds[i]));
  return summaries;
}

absl::StatusOr<Outcome> RunPlain(const Settings& settings) {
  auto shape = FindWorkload(settings.workload);
  if (!shape.ok()) return shape.status();
  const Workload workload(*shape);
  Results results{.workload = shape->name,
                  .workload_what = shape->what,
                  .load = settings.load,
                  .server_cpus = settings.programs.server_cpus,
                  .client_cpus = settings.client_cpus,
                  .closed = {},
                  .open = {},
                  .redis_commands = {}};
  if (settings.closed) {
    auto closed = MeasureAll(settings, workload, Loop::kClosed);
    if (!closed.ok()) return closed.status();
    results.closed = *std::move(closed);
  }
  if (settings.open) {
    auto open = MeasureAll(settings, workload, Loop::kOpen);
    if (!open.ok()) return open.status();
    results.open = *std::move(open);
  }
  if (Chosen(settings, "redis")) {
    auto commands = MeasureRedisCommands(settings.programs);
    if (!commands.ok()) return commands.status();
    results.redis_commands = *std::move(commands);
  }
  return Outcome{settings.output == "json" ? ToJson(results) : ToTable(results), !results.Missed().empty()};
}

absl::Status WritePage(const Settings& settings, const std::string& json) {
  if (settings.page_file.empty()) return absl::OkStatus();
  const auto page = ReportPage(json);
  if (!page.ok()) return page.status();
  std::ofstream file(settings.page_file);
  file << *page;
  return file.flush() ? absl::OkStatus() : absl::UnavailableError(settings.page_file + ": cannot be written");
}

absl::StatusOr<Outcome> RunCompare(const Settings& settings) {
  const CompareSettings compare{.programs = settings.programs,
                                .load = settings.load,
                                .rounds = settings.rounds,
                                .redis = Chosen(settings, "redis"),
                                .peers = settings.peers,
                                .peer_scripts = settings.peer_scripts};
  const auto comparison = Compare(compare);
  if (!comparison.ok()) return comparison.status();
  const std::string json = CompareJson(compare, *comparison);
  if (absl::Status written = WritePage(settings, json); !written.ok()) return written;
  const std::vector<std::string> misses = MissedIn(*comparison);
  for (const std::string& miss : misses) std::fprintf(stderr, "MISSED: %s\n", miss.c_str());
  const bool missed = !misses.empty();
  if (settings.output == "json") return Outcome{json, missed};
  const auto table = CompareTable(json);
  if (!table.ok()) return table.status();
  return Outcome{*table, missed};
}

absl::StatusOr<Outcome> RunProfiles(const Settings& settings) {
  std::vector<Profile> profiles;
  if (settings.profiles == std::vector<std::string>{"all"}) {
    auto all = ReadProfiles(settings.profile_folder);
    if (!all.ok()) return all.status();
    profiles = *std::move(all);
  } else {
    for (const std::string& name : settings.profiles) {
      auto profile = ReadProfile(absl::StrCat(settings.profile_folder, "/", name, ".yaml"));
      if (!profile.ok()) return profile.status();
      profiles.push_back(*std::move(profile));
    }
  }
  const auto json = PlayProfiles(profiles, {.programs = settings.programs,
                                            .load = settings.load,
                                            .subjects = Kinds(settings),
                                            .closed = settings.closed,
                                            .open = settings.open,
                                            .rounds = settings.rounds});
  if (!json.ok()) return json.status();
  if (absl::Status written = WritePage(settings, *json); !written.ok()) return written;
  return Outcome{*json};
}

absl::StatusOr<Outcome> RunScaling(const Settings& settings) {
  ScalingSettings scaling{.programs = settings.programs,
                          .load = settings.load,
                          .rounds = settings.rounds,
                          .shards = settings.shards,
                          .accounts = settings.accounts};
  std::erase(scaling.shards, 0);
  std::erase(scaling.accounts, 0);
  auto json = MeasureScaling(scaling);
  if (!json.ok()) return json.status();
  return Outcome{*json};
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(path + ": cannot be read");
  return text.str();
}

// Reports that were measured before, made into something else.
struct Making {
  explicit Making(CLI::App& app) {
    const auto command = [&](const char* name, const char* what) {
      CLI::App* made = app.add_subcommand(name, what);
      made->add_option("FILE", file, "what was measured, as JSON")->required()->check(CLI::ExistingFile);
      return made;
    };
    table = command("table", "the table of docs/performance.md, from the JSON of --compare");
    page = command("page", "an HTML page, from the JSON of --compare or --profiles");
    capacity =
        command("capacity", "the model of docs/capacity.md, from the JSON of --compare and of --scaling");
    capacity->add_option("SCALING", scaling_file, "the JSON of --scaling")
        ->required()
        ->check(CLI::ExistingFile);
    for (CLI::App* made : {table, capacity}) {
      made->add_option("--into", into, "write it to its place in this page, not to stdout")
          ->check(CLI::ExistingFile);
    }
  }

  [[nodiscard]] bool wanted() const { return table->parsed() || page->parsed() || capacity->parsed(); }
  [[nodiscard]] absl::StatusOr<Outcome> Run() const {
    const auto json = ReadFile(file);
    if (!json.ok()) return json.status();
    absl::StatusOr<std::string> made;
    if (capacity->parsed()) {
      const auto scaling = ReadFile(scaling_file);
      if (!scaling.ok()) return scaling.status();
      made = CapacityModel(*json, *scaling);
    } else {
      made = table->parsed() ? CompareTable(*json) : ReportPage(*json);
    }
    if (!made.ok()) return made.status();
    if (!into.empty()) return WriteSection(capacity->parsed() ? "capacity" : "table", *made);
    return Outcome{*std::move(made)};
  }

  [[nodiscard]] absl::StatusOr<Outcome> WriteSection(const char* name, const std::string& text) const {
    const auto before = ReadFile(into);
    if (!before.ok()) return before.status();
    const auto changed = WithSection(*before, name, text);
    if (!changed.ok()) return changed.status();
    std::ofstream out(into);
    out << *changed;
    if (!out.flush()) return absl::UnavailableError(into + ": cannot be written");
    return Outcome{};
  }

  std::string file;
  std::string scaling_file;
  std::string into;
  CLI::App* table;
  CLI::App* page;
  CLI::App* capacity;
};

absl::StatusOr<Outcome> Run(const Settings& settings) {
  // Threads that are started later stay where this one is.
  if (absl::Status pinned = PinTo(0, settings.client_cpus); !pinned.ok()) return pinned;
  if (settings.compare) return RunCompare(settings);
  if (!settings.profiles.empty()) return RunProfiles(settings);
  if (settings.scaling) return RunScaling(settings);
  return RunPlain(settings);
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  settings.programs.floor = BesideThisProgram(LATCHKEY_FLOOR_PATH);
  settings.programs.latchkeyd = BesideThisProgram(LATCHKEY_LATCHKEYD_PATH);
  settings.programs.policy_file = LATCHKEY_DEFAULT_POLICY;
  CLI::App app{
      "Measures latchkeyd beside a server that does nothing, and prints the ratios.\n"
      "Exit codes: 0 measured, 1 could not measure, 2 a target was missed (with --gate)."};
  DefineOptions(app, settings);
  const Making making(app);
  CLI11_PARSE(app, argc, argv);

  // There are many things to compare, so each has less time.
  if (settings.compare || settings.scaling) {
    if (app.count("--seconds") == 0) settings.seconds = 1.6;
    if (app.count("--warm-up") == 0) settings.warm_up_seconds = 0.7;
  }
  if (!settings.profiles.empty() && app.count("--rounds") == 0) settings.rounds = 1;
  const auto seconds = [](double s) { return Nanos{static_cast<int64_t>(s * 1e9)}; };
  settings.load.measured = seconds(settings.seconds);
  settings.load.warm_up = seconds(settings.warm_up_seconds);
  const int cpus = static_cast<int>(std::thread::hardware_concurrency());
  if (settings.pin && cpus >= 2) {
    settings.programs.server_cpus = {0};
    for (int cpu = 1; cpu < cpus; ++cpu) settings.client_cpus.push_back(cpu);
  }
  const auto outcome = making.wanted() ? making.Run() : Run(settings);
  if (!outcome.ok()) {
    std::fprintf(stderr, "latchkey-load: %s\n", std::string(outcome.status().message()).c_str());
    return 1;
  }
  std::fputs(outcome->text.c_str(), stdout);
  return settings.gate && outcome->missed ? 2 : 0;
}
