#include "adapters/redis/diagnosis.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace latchkey {
namespace {

using std::chrono::seconds;

constexpr int64_t kLagMax = 3;           // Seconds; replicas acknowledge each second.
constexpr double kFull = 0.9;            // Of maxmemory.
constexpr Duration kSkewMax{1000};       // Above, a log line; see ADR 0002.
constexpr Duration kSkewBroken{30'000};  // Tokens of two minutes begin to lie.

class Examination {
 public:
  Examination(const ServerFacts& facts, std::vector<StoreFinding>& findings)
      : facts_(facts), findings_(findings) {}

  void Run() {
    Rights();
    Seen();
    Version();
    Memory();
    Persistence();
    Replicas();
    TheOwner();
    TheClock();
    TheCluster();
  }

 private:
  void Say(Gravity severity, std::string check, std::string what, std::string promises, std::string mend) {
    findings_.push_back(
        {severity, std::move(check), facts_.name, std::move(what), std::move(promises), std::move(mend)});
  }

  [[nodiscard]] std::string Info(const std::string& name) const {
    const auto found = facts_.info.find(name);
    return found == facts_.info.end() ? "" : found->second;
  }
  [[nodiscard]] int64_t Number(const std::string& name) const {
    int64_t number = 0;
    return absl::SimpleAtoi(Info(name), &number) ? number : 0;
  }
  [[nodiscard]] std::string Config(const std::string& name) const {
    const auto found = facts_.config.find(name);
    return found == facts_.config.end() ? "" : found->second;
  }

  void Rights() {
    if (!facts_.missing.empty()) {
      Say(Gravity::kBroken, "rights-missing",
          absl::StrCat("the engine's user may not: ", absl::StrJoin(facts_.missing, ", ")), "P11",
          "take over deploy/redis/latchkey.acl (for this environment?) and ACL LOAD");
    }
    if (!facts_.beyond.empty()) {
      Say(Gravity::kRisk, "rights-beyond",
          absl::StrCat("the engine's user also may: ", absl::StrJoin(facts_.beyond, ", ")), "P2, P11",
          "give latchkeyd the user of deploy/redis/latchkey.acl");
    }
    if (facts_.open_to_all.value_or(false)) {
      Say(Gravity::kRisk, "open", "the default user is on and needs no password", "P2, P11",
          "ACL SETUSER default off, as in deploy/redis/latchkey.acl");
    }
    if (facts_.refusals.value_or(0) > 0) {
      Say(Gravity::kNote, "refusals", absl::StrCat("ACL LOG has ", *facts_.refusals, " lines"), "",
          "read them (ACL LOG): the engine's user is never refused anything; then ACL LOG RESET");
    }
  }

  void Seen() {
    if (facts_.info.empty())
      Say(Gravity::kRisk, "unseen", "INFO is not allowed: nothing else could be checked", "P11",
          "ask as a user who may: --inspector");
    if (facts_.config.empty())
      Say(Gravity::kNote, "unseen",
          "CONFIG GET is not allowed: appendfsync and min-replicas were not checked", "",
          "--inspector redis://latchkey-doctor@…, a user of deploy/redis/latchkey.acl");
  }

  void Version() {
    std::vector<std::string> parts = absl::StrSplit(Info("redis_version"), '.');
    int major = 0;
    int minor = 0;
    if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &major) || !absl::SimpleAtoi(parts[1], &minor))
      return;
    const std::string what = absl::StrCat("Redis ", Info("redis_version"));
    if (major < 6 || (major == 6 && minor < 2)) {
      Say(Gravity::kBroken, "version", what + " is older than 6.2", "P11",
          "upgrade: 7.0 is what we test with");
    } else if (major < 7) {
      Say(Gravity::kNote, "version", what + " works; 7.0 is what we test with", "", "upgrade when you can");
    }
  }

  void Memory() {
    if (facts_.info.empty()) return;
    const std::string policy = Info("maxmemory_policy");
    const int64_t most = Number("maxmemory");
    if (policy != "noeviction") {
      Say(Gravity::kBroken, "eviction",
          absl::StrCat("maxmemory-policy is ", policy, ": an evicted record is a budget given anew"), "P2",
          "CONFIG SET maxmemory-policy noeviction");
    }
    if (most == 0) {
      Say(Gravity::kBroken, "memory-cap", "no maxmemory: a flood ends with the kernel killing Redis", "P6",
          "CONFIG SET maxmemory, some 250 bytes a record");
    } else if (static_cast<double>(Number("used_memory")) > kFull * static_cast<double>(most)) {
      Say(Gravity::kRisk, "memory-full",
          absl::StrCat("memory is ", Number("used_memory") * 100 / most, "% of maxmemory"), "P6, P11",
          "raise maxmemory: when it is full, lanes are answered by on_store_loss");
    }
    if (Number("evicted_keys") > 0)
      Say(Gravity::kBroken, "evicted",
          absl::StrCat(Number("evicted_keys"), " records were evicted since the start"), "P2",
          "raise maxmemory; noeviction");
  }

  void Persistence() {
    if (facts_.info.empty()) return;
    if (Info("aof_enabled") != "1") {
      const bool snapshots = !Config("save").empty();
      Say(Gravity::kBroken, "persistence",
          snapshots ? "no append-only file: a restart forgets what is younger than the last snapshot"
                    : "no append-only file: a restart forgets everything",
          "P2, P11", "CONFIG SET appendonly yes, and in redis.conf");
    } else {
      if (Config("appendfsync") == "no")
        Say(Gravity::kBroken, "fsync",
            "appendfsync is no: a crash of the machine forgets some thirty seconds", "P2, P11",
            "CONFIG SET appendfsync everysec");
      if (Config("appendfsync") == "always")
        Say(Gravity::kNote, "fsync", "appendfsync is always: each charge waits for the disk", "",
            "everysec, unless a second is too much to forget");
      if (Info("aof_last_write_status") == "err" || Info("aof_last_bgrewrite_status") == "err")
        Say(Gravity::kBroken, "disk", "the append-only file could not be written", "P2, P11",
            "look at the disk and the log of Redis");
    }
    if (Info("loading") == "1")
      Say(Gravity::kRisk, "loading", "Redis is loading its data", "P11",
          "wait: until then lanes are answered by on_store_loss");
  }

  void Replicas() {
    if (facts_.info.empty()) return;
    if (Info("role") == "slave") {
      Say(Gravity::kBroken, "role", "this is a replica: it takes no writes", "P11",
          "name the primary, or use a redis+sentinel:// URL");
      return;
    }
    const int64_t replicas = Number("connected_slaves");
    if (replicas == 0)
      Say(Gravity::kRisk, "replicas", "no replica: when this machine goes, so does what was counted", "P11",
          "a replica, and Sentinel or a Cluster; or accept it");
    for (int64_t i = 0; i < replicas; ++i) {
      std::string lag;
      std::string state;
      std::string address;
      const std::vector<std::string> parts = absl::StrSplit(Info(absl::StrCat("slave", i)), ',');
      for (const std::string& part : parts) {
        const std::pair<std::string, std::string> field = absl::StrSplit(part, absl::MaxSplits('=', 1));
        if (field.first == "lag") lag = field.second;
        if (field.first == "state") state = field.second;
        if (field.first == "ip" || field.first == "port")
          absl::StrAppend(&address, address.empty() ? "" : ":", field.second);
      }
      int64_t behind = 0;
      if (state != "online" || (absl::SimpleAtoi(lag, &behind) && behind > kLagMax)) {
        Say(Gravity::kRisk, "replica-lag",
            absl::StrCat("replica ", address, " is ", state, " and was last heard of ", lag, " s ago"),
            "P2, P11", "look at it: a failover to it forgets what it has not heard");
      }
    }
    const std::string least = Config("min-replicas-to-write");
    if (replicas > 0 && least == "0")
      Say(Gravity::kBroken, "min-replicas",
          "min-replicas-to-write is 0: cut off, this primary counts what a failover throws away", "P2, P11",
          "CONFIG SET min-replicas-to-write 1, min-replicas-max-lag 3");
    int64_t lag = 0;
    if (replicas > 0 && least != "0" && absl::SimpleAtoi(Config("min-replicas-max-lag"), &lag) &&
        (lag == 0 || lag > 10))
      Say(Gravity::kRisk, "min-replicas",
          absl::StrCat("min-replicas-max-lag is ", lag, " s: so much may a failover forget"), "P2, P11",
          "CONFIG SET min-replicas-max-lag 3");
  }

  void TheOwner() {
    if (facts_.owner.empty() || facts_.owner == facts_.environment) return;
    Say(Gravity::kBroken, "stamp",
        absl::StrCat("it belongs to environment '", facts_.owner, "', not to '", facts_.environment, "'"),
        "P11", "give latchkeyd the Redis of its own environment; it does not start on this one");
  }

  void TheClock() {
    if (!facts_.clock_ahead || std::chrono::abs(*facts_.clock_ahead) <= kSkewMax) return;
    const Duration skew = *facts_.clock_ahead;
    Say(std::chrono::abs(skew) > kSkewBroken ? Gravity::kBroken : Gravity::kRisk, "clock",
        absl::StrCat("its clock is ", std::abs(static_cast<double>(skew.count())) / 1000.0, " s ",
                     skew.count() > 0 ? "ahead of" : "behind", " this machine's"),
        "P2, P5", "NTP on both: windows go by the clock of Redis, tokens by that of latchkeyd");
  }

  void TheCluster() {
    const bool cluster = Info("cluster_enabled") == "1";
    if (cluster && !facts_.asked_as_cluster)
      Say(Gravity::kBroken, "cluster", "a node of a Cluster, asked as a single server", "P11",
          "redis+cluster://… in `store`");
    const auto state = facts_.cluster.find("cluster_state");
    const auto slots = facts_.cluster.find("cluster_slots_ok");
    if (state != facts_.cluster.end() && state->second != "ok")
      Say(Gravity::kBroken, "cluster", absl::StrCat("cluster_state is ", state->second), "P11",
          "redis-cli --cluster check");
    if (slots != facts_.cluster.end() && slots->second != "16384")
      Say(Gravity::kBroken, "cluster", absl::StrCat("only ", slots->second, " of 16384 slots are served"),
          "P11", "redis-cli --cluster fix");
  }

  const ServerFacts& facts_;
  std::vector<StoreFinding>& findings_;
};

}  // namespace

std::string_view GravityWord(Gravity severity) {
  switch (severity) {
    case Gravity::kBroken:
      return "broken";
    case Gravity::kRisk:
      return "risk";
    case Gravity::kNote:
      return "note";
  }
  return "";
}

std::vector<StoreFinding> Diagnose(const std::vector<ServerFacts>& servers) {
  std::vector<StoreFinding> findings;
  for (const ServerFacts& facts : servers) Examination(facts, findings).Run();
  std::stable_sort(findings.begin(), findings.end(),
                   [](const StoreFinding& a, const StoreFinding& b) { return a.severity < b.severity; });
  return findings;
}

}  // namespace latchkey
