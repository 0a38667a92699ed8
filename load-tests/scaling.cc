#include "load-tests/scaling.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "absl/strings/str_cat.h"
#include "load-tests/converse_loop.h"
#include "load-tests/measurement_json.h"

namespace latchkey::load {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<double> Each(const std::vector<Measurement>& rounds, double (Measurement::*figure)() const) {
  std::vector<double> values;
  for (const Measurement& round : rounds) values.push_back((round.*figure)());
  return values;
}

// Largest median over least: 1 is flat.
double Flatness(const std::vector<double>& medians) {
  const auto [least, most] = std::minmax_element(medians.begin(), medians.end());
  return *least > 0 ? *most / *least : 0;
}

// ---- Shards ----

struct ShardRounds {
  std::vector<Measurement> assess;
  std::vector<Measurement> login;
  std::vector<double> uneven;  // how far the fullest or emptiest shard is from the mean, as a share
  std::vector<double> bytes_per_key;
};

// What was answered without the store says nothing of it.
absl::Status MostlyByTheStore(const Tally& tally, int shards) {
  if (tally.degraded * 100 <= tally.answered) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(tally.degraded, " of ", tally.answered, " calls on ", shards,
                                             " shards were answered without the store: give fewer in "
                                             "flight (--in-flight) or fewer shards (--shards)"));
}

absl::Status PlayShards(int shards, const ScalingSettings& settings, ShardRounds* out) {
  Programs programs = settings.programs;
  programs.redis_primaries = shards;
  // As many in flight a shard, however many there are, and not more together than one processor, which all of
  // them may share, answers in time.
  Load load = settings.load;
  const int shards_most = *std::max_element(settings.shards.begin(), settings.shards.end());
  load.in_flight = std::max(load.in_flight / shards_most, 1) * shards;
  programs.settings.insert(programs.settings.end(),
                           {"--redis-strangers-in-flight", absl::StrCat(load.in_flight)});
  for (const char* name : {"assess", "login"}) {
    const auto subject = Subject::Start(SubjectKind::kRedis, programs);
    if (!subject.ok()) return subject.status();
    const auto empty = (*subject)->redis()->Bytes();
    if (!empty.ok()) return empty.status();
    auto measured = MeasureOn(**subject, Loop::kClosed, Workload(*FindWorkload(name)), load);
    if (!measured.ok()) return measured.status();
    if (absl::Status stored = MostlyByTheStore(measured->tally, shards); !stored.ok()) return stored;
    const auto keys = (*subject)->redis()->Keys();
    if (!keys.ok()) return keys.status();
    const auto bytes = (*subject)->redis()->Bytes();
    if (!bytes.ok()) return bytes.status();
    const auto sum = static_cast<double>(std::accumulate(keys->begin(), keys->end(), int64_t{0}));
    const double mean = sum / static_cast<double>(keys->size());
    const auto [least, most] = std::minmax_element(keys->begin(), keys->end());
    if (mean <= 0) return absl::UnavailableError("Redis has no keys");
    out->uneven.push_back(
        std::max(static_cast<double>(*most) / mean - 1, 1 - static_cast<double>(*least) / mean));
    const bool login = std::string_view(name) == "login";
    if (login) out->bytes_per_key.push_back(static_cast<double>(*bytes - *empty) / sum);
    (login ? out->login : out->assess).push_back(*std::move(measured));
  }
  return absl::OkStatus();
}

// A call at a time: no command shares a read or a write with another.
absl::StatusOr<Measurement> PlayAlone(const ScalingSettings& settings) {
  Programs programs = settings.programs;
  programs.redis_primaries = 1;
  Load load = settings.load;
  load.connections = load.in_flight = 1;
  return Measure(SubjectKind::kRedis, Loop::kClosed, programs, Workload(*FindWorkload("login")), load);
}

absl::StatusOr<Json> Shards(const ScalingSettings& settings) {
  std::map<int, ShardRounds> all;
  std::vector<Measurement> alone;
  for (int round = 1; round <= settings.rounds; ++round) {
    for (const int shards : settings.shards) {
      std::fprintf(stderr, "round %d of %d: %d shards\n", round, settings.rounds, shards);
      if (absl::Status played = PlayShards(shards, settings, &all[shards]); !played.ok()) return played;
    }
    std::fprintf(stderr, "round %d of %d: one call at a time\n", round, settings.rounds);
    auto played = PlayAlone(settings);
    if (!played.ok()) return played.status();
    alone.push_back(*std::move(played));
  }
  Json json = {{"each", Json::array()}};
  std::vector<double> medians;
  double uneven = 0;
  for (const auto& [shards, rounds] : all) {
    const Spread redis = SpreadOf(Each(rounds.assess, &Measurement::redis_us_per_request));
    medians.push_back(redis.median);
    const Spread keys = SpreadOf(rounds.uneven);
    uneven = std::max(uneven, keys.max);
    json["each"].push_back(
        {{"shards", shards},
         {"redis_us_per_assess", SpreadJson(redis)},
         {"engine_us_per_assess",
          SpreadJson(SpreadOf(Each(rounds.assess, &Measurement::cpu_us_per_request)))},
         {"redis_us_per_login", SpreadJson(SpreadOf(Each(rounds.login, &Measurement::redis_us_per_login)))},
         {"engine_us_per_login", SpreadJson(SpreadOf(Each(rounds.login, &Measurement::server_us_per_login)))},
         {"keys_uneven", SpreadJson(keys)},
         {"bytes_per_key", SpreadJson(SpreadOf(rounds.bytes_per_key))}});
  }
  json["alone"] = {
      {"redis_us_per_login", SpreadJson(SpreadOf(Each(alone, &Measurement::redis_us_per_login)))},
      {"engine_us_per_login", SpreadJson(SpreadOf(Each(alone, &Measurement::server_us_per_login)))}};
  json["redis_cpu_flatness"] = Flatness(medians);
  json["keys_uneven_max"] = uneven;
  return json;
}

// ---- Accounts ----

int64_t ResidentBytes(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/statm"));
  int64_t all = 0;
  int64_t resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// Until it does nothing by itself any more, such as writing its log anew.
void AwaitQuiet(const Subject& subject) {
  for (int i = 0; i < 150; ++i) {
    const Nanos before = subject.ServerCpu();
    std::this_thread::sleep_for(milliseconds(200));
    if (subject.ServerCpu() - before < milliseconds(4)) return;
  }
}

Workload Accounts(int64_t accounts) {
  WorkloadShape shape = FindWorkload("assess").value();
  shape.crowds[0].accounts = static_cast<int>(accounts);
  shape.crowds[0].sources = static_cast<int>(std::max<int64_t>(accounts / 4, 1));
  return Workload(std::move(shape));
}

// latchkeyd in whose store each account has had one attempt.
absl::StatusOr<std::unique_ptr<Subject>> Filled(int64_t accounts, const ScalingSettings& settings) {
  Programs programs = settings.programs;
  programs.settings.insert(programs.settings.end(), {"--memory-entries", absl::StrCat(accounts * 2 + 100'000),
                                                     "--memory-bytes", absl::StrCat(int64_t{16} << 30)});
  auto subject = Subject::Start(SubjectKind::kMemory, programs);
  if (!subject.ok()) return subject;
  Load load = settings.load;
  load.in_flight = std::max(load.in_flight, 2 * load.connections * load.frame_items);
  load.warm_up = Nanos{0};
  load.measured = std::chrono::hours(1);
  load.attempts = accounts;
  const auto filled = RunConverseLoop((*subject)->address(), Accounts(accounts), load, [] {});
  if (!filled.ok()) return filled.status();
  AwaitQuiet(**subject);
  return subject;
}

struct AccountRounds {
  std::vector<Measurement> rounds;
  std::vector<double> resident;
};

absl::Status PlayAccounts(const Subject& subject, int64_t accounts, int round,
                          const ScalingSettings& settings, AccountRounds* out) {
  // So short that the fewest accounts stay below their limit.
  Load load = settings.load;
  load.warm_up = milliseconds(100);
  load.measured = milliseconds(350);
  load.first = accounts + int64_t{round} * 100'000;
  auto measured = MeasureOn(subject, Loop::kClosed, Accounts(accounts), load);
  if (!measured.ok()) return measured.status();
  out->rounds.push_back(*std::move(measured));
  out->resident.push_back(static_cast<double>(ResidentBytes(subject.server_pid())));
  return absl::OkStatus();
}

absl::StatusOr<Json> AccountCounts(const ScalingSettings& settings) {
  // More are kept from round to round; fewer are made afresh, since they would come to their limits.
  constexpr int64_t kKeptFrom = 1'000'000;
  std::map<int64_t, std::unique_ptr<Subject>> kept;
  for (const int64_t accounts : settings.accounts) {
    if (accounts < kKeptFrom) continue;
    std::fprintf(stderr, "filling %d accounts\n", static_cast<int>(accounts));
    auto subject = Filled(accounts, settings);
    if (!subject.ok()) return subject.status();
    kept[accounts] = *std::move(subject);
  }
  std::map<int64_t, AccountRounds> all;
  for (int round = 0; round < settings.rounds; ++round) {
    for (const int64_t accounts : settings.accounts) {
      std::fprintf(stderr, "round %d of %d: %d accounts\n", round + 1, settings.rounds,
                   static_cast<int>(accounts));
      std::unique_ptr<Subject> fresh;
      if (kept.count(accounts) == 0) {
        auto subject = Filled(accounts, settings);
        if (!subject.ok()) return subject.status();
        fresh = *std::move(subject);
      }
      const Subject& subject = fresh == nullptr ? *kept[accounts] : *fresh;
      if (absl::Status played = PlayAccounts(subject, accounts, round, settings, &all[accounts]);
          !played.ok())
        return played;
    }
  }
  Json json = {{"each", Json::array()}};
  std::vector<double> medians;
  for (const auto& [accounts, rounds] : all) {
    const Spread cpu = SpreadOf(Each(rounds.rounds, &Measurement::cpu_us_per_request));
    medians.push_back(cpu.median);
    double allowed = 1;
    for (const Measurement& round : rounds.rounds) allowed = std::min(allowed, round.tally.allowed_share());
    json["each"].push_back({{"accounts", accounts},
                            {"cpu_us_per_assess", SpreadJson(cpu)},
                            {"allowed_share", allowed},
                            {"resident_bytes", SpreadOf(rounds.resident).max}});
  }
  json["cpu_ratio"] = medians.front() > 0 ? medians.back() / medians.front() : 0;
  return json;
}

}  // namespace

absl::StatusOr<std::string> MeasureScaling(const ScalingSettings& settings) {
  Json json = {{"rounds", settings.rounds}};
  if (!settings.shards.empty()) {
    auto shards = Shards(settings);
    if (!shards.ok()) return shards.status();
    json["shards"] = *std::move(shards);
  }
  if (!settings.accounts.empty()) {
    auto accounts = AccountCounts(settings);
    if (!accounts.ok()) return accounts.status();
    json["accounts"] = *std::move(accounts);
  }
  return json.dump(2) + "\n";
}

}  // namespace latchkey::load
