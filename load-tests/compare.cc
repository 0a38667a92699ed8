#include "load-tests/compare.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"
#include "load-tests/many_rules.h"
#include "load-tests/spread.h"

namespace latchkey::load {
namespace {

using std::chrono::steady_clock;

// A file that is there as long as this.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    std::string path = (std::filesystem::temp_directory_path() / "latchkey-load-XXXXXX").string();
    const int fd = mkstemp(path.data());
    if (fd < 0) return;
    close(fd);
    path_ = path;
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Trial {
  std::string name;
  SubjectKind kind;
  Loop loop;
  const Workload* workload;
  bool many_rules = false;
};

class Run {
 public:
  Run(const CompareSettings& settings, Comparison& out)
      : settings_(settings),
        out_(out),
        many_rules_(ManyRules(settings.programs.policy_file, settings.policy_rules).value_or("")) {}

  void Rounds(const std::vector<Trial>& trials) {
    InstallPeers();
    for (int round = 1; round <= settings_.rounds; ++round) {
      for (const Trial& trial : trials) {
        Say(round, trial.name);
        OneOf(trial, settings_.load);
      }
      for (PeerRounds& peer : out_.peers) OneOf(peer, *trials.front().workload, round);
    }
  }
  // At half of what the store answered at most, beside the floor at the same rate.
  void PacedRounds(const std::vector<Trial>& trials) {
    const auto& full = out_.trials["memory"];
    std::vector<double> rates;
    for (const Measurement& round : full) rates.push_back(round.tally.per_second());
    Load load = settings_.load;
    load.rate = out_.paced_rate = SpreadOf(rates).median / 2;
    if (load.rate <= 0) return;
    for (int round = 1; round <= settings_.rounds; ++round) {
      for (const Trial& trial : trials) {
        Say(round, trial.name);
        OneOf(trial, load);
      }
    }
  }
  void Scripts() {
    Say(0, "scripts in Redis");
    auto cost = MeasureScriptCost(settings_.programs, settings_.rounds);
    if (cost.ok()) {
      out_.scripts = *cost;
    } else {
      Problem("scripts in Redis", cost.status());
    }
  }
  void Commands() {
    Say(0, "commands to Redis");
    Programs programs = settings_.programs;
    for (const int primaries : {0, 1}) {
      programs.redis_primaries = primaries;
      auto counted = MeasureRedisCommands(programs);
      if (!counted.ok()) Problem("commands to Redis", counted.status());
      if (counted.ok()) (primaries == 0 ? out_.commands : out_.cluster_commands) = *std::move(counted);
    }
  }

 private:
  void Say(int round, const std::string& what) const {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - begin_).count();
    if (round > 0) {
      std::fprintf(stderr, "%4d s  round %d of %d: %s\n", static_cast<int>(seconds), round, settings_.rounds,
                   what.c_str());
    } else {
      std::fprintf(stderr, "%4d s  %s\n", static_cast<int>(seconds), what.c_str());
    }
  }
  void Problem(const std::string& what, const absl::Status& status) {
    out_.problems.push_back(absl::StrCat(what, ": ", status.message()));
    std::fprintf(stderr, "        %s\n", out_.problems.back().c_str());
  }

  void OneOf(const Trial& trial, Load load) {
    Programs programs = settings_.programs;
    const TemporaryFile policy(trial.many_rules ? many_rules_ : "");
    if (trial.many_rules) programs.policy_file = policy.path();
    // So many frames a connection are in flight: one is made while the other is worked on.
    if (trial.loop == Loop::kConverse)
      load.in_flight = std::max(load.in_flight, 2 * load.connections * load.frame_items);
    absl::StatusOr<Measurement> measured;
    for (int tries = 0; tries < 2 && !measured.ok(); ++tries)
      measured = Measure(trial.kind, trial.loop, programs, *trial.workload, load);
    if (!measured.ok()) return Problem(trial.name, measured.status());
    out_.trials[trial.name].push_back(*std::move(measured));
  }

  void InstallPeers() {
    if (!settings_.peers) return;
    for (const PeerKind& kind : AllPeers()) {
      Say(0, absl::StrCat("is there ", kind.name, "?"));
      PeerRounds& peer =
          out_.peers.emplace_back(PeerRounds{.kind = kind, .version = {}, .absent = {}, .rounds = {}});
      const absl::Status installed = Peer::Install(kind, settings_.peer_scripts);
      if (!installed.ok()) Absent(peer, installed);
    }
  }
  static void Absent(PeerRounds& peer, const absl::Status& why) {
    peer.absent = std::string(why.message());
    std::fprintf(stderr, "        absent: %s\n", peer.absent.c_str());
  }
  void OneOf(PeerRounds& peer, const Workload& workload, int round) {
    if (!peer.absent.empty()) return;
    Say(round, peer.kind.name);
    const auto measure = [&]() -> absl::StatusOr<Measurement> {
      auto started = Peer::Start(peer.kind, settings_.peer_scripts, settings_.programs.server_cpus);
      if (!started.ok()) return started.status();
      peer.version = (*started)->version();
      Load load = settings_.load;
      if (!peer.kind.grpc) load.in_flight = kHttpConnections;
      return (*started)->Measure(workload, load);
    };
    auto measured = measure();
    if (!measured.ok()) measured = measure();
    if (measured.ok() && measured->tally.answered > 0) {
      peer.rounds.push_back(*std::move(measured));
    } else {
      Absent(peer, measured.ok() ? absl::UnavailableError("no check was answered") : measured.status());
    }
  }

  // One check in flight on each: what these servers do best with.
  static constexpr int kHttpConnections = 64;

  const CompareSettings& settings_;
  Comparison& out_;
  const std::string many_rules_;
  const steady_clock::time_point begin_ = steady_clock::now();
};

}  // namespace

absl::StatusOr<Comparison> Compare(const CompareSettings& settings) {
  const Workload assess(*FindWorkload("assess"));
  const Workload login(*FindWorkload("login"));
  const Workload attack(*FindWorkload("attack"));
  constexpr SubjectKind kMemory = SubjectKind::kMemory;
  constexpr SubjectKind kRedis = SubjectKind::kRedis;
  std::vector<Trial> trials = {
      {"floor", SubjectKind::kFloor, Loop::kClosed, &assess},
      {"memory", kMemory, Loop::kClosed, &assess},
      {"memory many rules", kMemory, Loop::kClosed, &assess, true},
      {"memory converse", kMemory, Loop::kConverse, &assess},
      {"memory refused", kMemory, Loop::kClosed, &attack},
      {"memory login", kMemory, Loop::kClosed, &login},
      {"memory login converse", kMemory, Loop::kConverse, &login},
  };
  if (settings.redis) {
    trials.insert(trials.end(), {{"redis", kRedis, Loop::kClosed, &assess},
                                 {"redis refused", kRedis, Loop::kClosed, &attack},
                                 {"redis login", kRedis, Loop::kClosed, &login},
                                 {"redis login converse", kRedis, Loop::kConverse, &login}});
  }
  Comparison comparison;
  Run run(settings, comparison);
  run.Rounds(trials);
  run.PacedRounds({{"floor paced", SubjectKind::kFloor, Loop::kOpen, &assess},
                   {"memory paced", kMemory, Loop::kOpen, &assess}});
  if (settings.redis) {
    run.Scripts();
    run.Commands();
  }
  if (comparison.trials["floor"].empty()) return absl::UnavailableError("the floor could not be measured");
  return comparison;
}

}  // namespace latchkey::load
