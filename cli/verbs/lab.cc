// lab run, compare, detect, actors: simulated days on the real engine.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "adapters/memory/lab_store.h"
#include "cli/choice.h"
#include "cli/lab/detection_text.h"
#include "cli/lab/matrix.h"
#include "cli/printable.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "engine/lab/catalogue.h"

namespace latchkey::cli {
namespace {

struct LabFlags {
  std::string scenario;
  std::string policy;
  std::vector<std::string> policies;
  std::vector<std::string> scenarios;
  uint64_t seed = 1;
  double scale = 1;
  int jobs = 0;
  std::string html;
  bool check = false;
  lab::Fleet fleet;
};

const Choices<lab::Balancing> kBalancing = {{"call", lab::Balancing::kByCall},
                                            {"login", lab::Balancing::kByLogin},
                                            {"account", lab::Balancing::kByAccount}};

std::vector<std::string> ListOf(const std::string& path) {
  if (path.empty()) return {};
  return {path};
}

// How fast the lab was, for people who look on; never among the data.
class Pace {
 public:
  void Tell(double count, const char* what, std::ostream& err) const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    err << absl::StrFormat("%.0f %s in %.2f s (%.0f a second)\n", count, what, took.count(),
                           count / std::max(took.count(), 1e-6));
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// What is wrong with files, a line each.
ExitCode TellWrong(Session& session, const absl::Status& status, ExitCode code) {
  for (absl::string_view line : absl::StrSplit(status.message(), '\n'))
    session.err() << Printable(std::string(line)) << '\n';
  return code;
}

// Calls `play` for each number below `count`, on `jobs` threads (0: one a core).
void InParallel(size_t count, int jobs, const std::function<void(size_t)>& play) {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) play(i);
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < (jobs > 0 ? jobs : cores); ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
}

absl::StatusOr<ExitCode> RunOne(Session& session, const LabFlags& flags) {
  absl::StatusOr<std::vector<lab::Scenario>> scenarios = LoadScenarios({flags.scenario});
  if (absl::IsInvalidArgument(scenarios.status()))
    return TellWrong(session, scenarios.status(), ExitCode::kUsage);
  if (!scenarios.ok()) return scenarios.status();
  if (scenarios->size() != 1) return absl::InvalidArgumentError("lab run plays one scenario: name its file");
  lab::Scenario& scenario = scenarios->front();
  scenario.Scale(flags.scale);
  const absl::StatusOr<std::vector<NamedPolicy>> policies = LoadPolicies(ListOf(flags.policy));
  if (absl::IsInvalidArgument(policies.status()))
    return TellWrong(session, policies.status(), ExitCode::kInvalidPolicy);
  if (!policies.ok()) return policies.status();
  const NamedPolicy& policy = policies->front();
  const Pace pace;
  const lab::Figures figures = lab::RunScenario(scenario, policy.policy, MemoryLabPorts(), flags.seed);
  pace.Tell(figures.attempts.value_or(0), "attempts", session.err());
  bool all_met = true;
  if (session.json()) {
    Matrix matrix{.seed = flags.seed, .policies = {policy.name}, .scenarios = {}, .rows = {}};
    matrix.rows.push_back({.policy = policy.name, .scenario = &scenario, .figures = figures});
    session.out() << MatrixJson(matrix) << '\n';
  } else {
    session.out() << scenario.id << " under " << policy.name << ": " << scenario.shows << "\n\n";
    Table table({{"FIGURE"}, {"", Table::Align::kRight}, {""}});
    for (const lab::FigureKind& kind : lab::FigureKinds())
      table.Add({std::string(kind.name), FigureText(figures.*(kind.member)), std::string(kind.about)});
    table.Print(session.out());
  }
  for (const lab::Expectation& expectation : scenario.expectations) {
    const absl::Status met = lab::Check(expectation, figures);
    all_met = all_met && met.ok();
    if (!met.ok()) session.err() << "not as the scenario expects: " << met.message() << '\n';
  }
  return flags.check && !all_met ? ExitCode::kError : ExitCode::kOk;
}

absl::StatusOr<ExitCode> Compare(Session& session, const LabFlags& flags) {
  const absl::StatusOr<std::vector<NamedPolicy>> policies = LoadPolicies(flags.policies);
  if (absl::IsInvalidArgument(policies.status()))
    return TellWrong(session, policies.status(), ExitCode::kInvalidPolicy);
  if (!policies.ok()) return policies.status();
  absl::StatusOr<std::vector<lab::Scenario>> scenarios = LoadScenarios(flags.scenarios);
  if (absl::IsInvalidArgument(scenarios.status()))
    return TellWrong(session, scenarios.status(), ExitCode::kUsage);
  if (!scenarios.ok()) return scenarios.status();
  for (lab::Scenario& scenario : *scenarios) scenario.Scale(flags.scale);
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const bool shows = isatty(STDERR_FILENO) != 0;
  const Pace pace;
  const Matrix matrix = PlayMatrix(*policies, *std::move(scenarios), flags.seed,
                                   flags.jobs > 0 ? flags.jobs : cores, [&](size_t done, size_t all) {
                                     if (shows)
                                       session.err()
                                           << '\r' << done << " of " << all << " days lived" << std::flush;
                                   });
  if (shows) session.err() << '\n';
  double attempts = 0;
  for (const MatrixRow& row : matrix.rows) attempts += row.figures.attempts.value_or(0);
  pace.Tell(attempts, "attempts", session.err());
  if (!flags.html.empty()) {
    std::ofstream file(flags.html);
    file << MatrixHtml(matrix);
    file.close();
    if (!file) return LocalError(absl::StrCat(flags.html, ": cannot be written"));
  }
  if (session.json()) {
    session.out() << MatrixJson(matrix) << '\n';
    return ExitCode::kOk;
  }
  ShowMatrix(matrix, session.out());
  if (policies->size() > 1) {
    const std::vector<std::string> better = BetterEverywhere(matrix, policies->front().name);
    session.out() << "\nBetter than " << policies->front().name << " in every scenario: ";
    for (const std::string& policy : better) session.out() << policy << ' ';
    session.out() << (better.empty() ? "none\n" : "\n");
  }
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Detect(Session& session, const LabFlags& flags) {
  const absl::StatusOr<std::vector<NamedPolicy>> policies = LoadPolicies(ListOf(flags.policy));
  if (absl::IsInvalidArgument(policies.status()))
    return TellWrong(session, policies.status(), ExitCode::kInvalidPolicy);
  if (!policies.ok()) return policies.status();
  absl::StatusOr<std::vector<lab::Scenario>> scenarios = LoadDetectionScenarios(flags.scenarios);
  if (absl::IsInvalidArgument(scenarios.status()))
    return TellWrong(session, scenarios.status(), ExitCode::kUsage);
  if (!scenarios.ok()) return scenarios.status();
  std::vector<lab::Detection> detections(scenarios->size());
  const lab::LabPorts ports = MemoryLabPorts();
  const Pace pace;
  InParallel(scenarios->size(), flags.jobs, [&](size_t i) {
    lab::Scenario& scenario = (*scenarios)[i];
    scenario.Scale(flags.scale);
    detections[i] = lab::WatchScenario(scenario, policies->front().policy, ports, flags.seed, flags.fleet);
  });
  double logins = 0;
  for (const lab::Detection& each : detections) logins += each.logins;
  pace.Tell(logins, "logins", session.err());
  const lab::DetectionReport report = lab::ReportOf(detections);
  if (session.json()) {
    session.out() << DetectionJson(report, detections, flags.seed) << '\n';
  } else {
    ShowDetection(report, detections, session.out());
  }
  return ExitCode::kOk;
}

std::string_view TypeWord(lab::Parameter::Type type) {
  constexpr std::string_view kWords[] = {"count", "number", "share", "time", "word"};
  return kWords[static_cast<size_t>(type)];
}

absl::StatusOr<ExitCode> ListActors(Session& session, const LabFlags& /*flags*/) {
  nlohmann::ordered_json actors = nlohmann::ordered_json::array();
  for (const lab::ActorKind& kind : lab::ActorKinds()) {
    const bool people = kind.side == lab::Side::kPeople;
    nlohmann::ordered_json parameters = nlohmann::ordered_json::array();
    if (!session.json())
      session.out() << kind.name << (people ? " (people): " : " (attack): ") << kind.about << '\n';
    Table table({{"  PARAMETER"}, {"TYPE"}, {"DEFAULT"}, {""}});
    for (const lab::Parameter& each : kind.parameters) {
      const std::string value = ValueText(each, each.value);
      parameters.push_back(
          {{"name", each.name}, {"type", TypeWord(each.type)}, {"default", value}, {"about", each.about}});
      table.Add({absl::StrCat("  ", std::string(each.name)), std::string(TypeWord(each.type)), value,
                 std::string(each.about)});
    }
    actors.push_back({{"name", kind.name},
                      {"side", people ? "people" : "attack"},
                      {"about", kind.about},
                      {"parameters", parameters}});
    if (session.json()) continue;
    table.Print(session.out());
    session.out() << '\n';
  }
  if (session.json()) session.out() << nlohmann::ordered_json{{"actors", actors}}.dump(2) << '\n';
  return ExitCode::kOk;
}

}  // namespace

void AddLabVerbs(CLI::App& app, ChosenVerb& chosen) {
  CLI::App& lab = *app.add_subcommand("lab", "Play simulated days on the real engine, without a server");
  lab.require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto verb) {
    auto flags = std::make_shared<LabFlags>();
    CLI::App* sub = lab.add_subcommand(name, help);
    chosen.On(*sub, [flags, verb](Session& session) { return verb(session, *flags); });
    return std::pair(sub, flags);
  };
  const auto common = [](CLI::App& sub, LabFlags& flags) {
    sub.add_option("--seed", flags.seed, "Every random choice comes from it [1]")->type_name("N");
    sub.add_option("--scale", flags.scale, "Multiply the numbers of people, machines and tries [1]")
        ->type_name("X")
        ->check(CLI::Range(0.001, 10000.0));
  };

  auto [run, one] = add("run", "Play one scenario and print all figures", RunOne);
  run->add_option("SCENARIO", one->scenario, "Its file")->required()->type_name("");
  run->add_option("--policy", one->policy, "The policy's file [policies/default.yaml]")->type_name("FILE");
  run->add_flag("--check", one->check, "Exit with 1 unless it comes out as the file expects");
  common(*run, *one);

  auto [compare, many] = add("compare", "Play scenarios under policies and print the matrix", Compare);
  compare->add_option("--policies", many->policies, "Files or folders [policies and policies/baselines]")
      ->type_name("PATH,…")
      ->delimiter(',');
  compare->add_option("--scenarios", many->scenarios, "Files or folders [tests/scenarios]")
      ->type_name("PATH,…")
      ->delimiter(',');
  compare->add_option("--html", many->html, "Write a report with charts")->type_name("FILE");
  compare->add_option("--jobs", many->jobs, "Days lived at the same time [all cores]")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  common(*compare, *many);

  auto [detect, watch] = add("detect", "Play scenarios under the eyes of the detectors", Detect);
  detect->add_option("--policy", watch->policy, "The policy's file [policies/default.yaml]")
      ->type_name("FILE");
  detect
      ->add_option("--scenarios", watch->scenarios,
                   "Files or folders [tests/scenarios and tests/scenarios/detection]")
      ->type_name("PATH,…")
      ->delimiter(',');
  detect->add_option("--jobs", watch->jobs, "Days lived at the same time [all cores]")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  detect->add_option("--nodes", watch->fleet.nodes, "Nodes that share the incidents [1]")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  AddChoice(*detect, "--balancing", kBalancing, watch->fleet.balancing,
            "What reaches one node: each call by itself, the calls of a login, all of an account [call]");
  detect->add_flag("--apart", watch->fleet.apart, "These nodes tell each other nothing of what they see");
  common(*detect, *watch);

  add("actors", "List the kinds of actors and what they can be told", ListActors);
}

}  // namespace latchkey::cli
