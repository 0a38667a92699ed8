#include "adapters/redis/inspection.h"

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/redis/await_reply.h"
#include "adapters/redis/privileges.h"
#include "adapters/redis/redis_url.h"
#include "adapters/redis/redis_watch.h"
#include "engine/base/status_macros.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

// A client whose topology is known, and questions that wait for their answers.
class Visit {
 public:
  static absl::StatusOr<std::unique_ptr<Visit>> Make(RedisSettings settings, Duration patience) {
    settings.threads = 1;
    settings.connection.client_name = "latchkey-doctor";
    settings.connection.connect_timeout = patience;
    auto visit = std::make_unique<Visit>();
    visit->patience_ = patience;
    LATCHKEY_ASSIGN_OR_RETURN(visit->client_,
                              OpenRedisClient(settings, [raw = visit.get()](bool, const absl::Status& why) {
                                const std::lock_guard lock(raw->mutex_);
                                raw->why_ = why;
                              }));
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!visit->client_->up()) {
      const absl::Status why = visit->why();
      if (absl::IsPermissionDenied(why)) return why;
      if (std::chrono::steady_clock::now() > give_up)
        return absl::UnavailableError(absl::StrCat(visit->client_->display(), ": ", why.message()));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return visit;
  }

  [[nodiscard]] std::vector<RedisClient::Shard> shards() const { return client_->shards(); }

  // Error replies are replies.
  absl::StatusOr<Reply> Ask(const std::string& key, const std::vector<std::string>& args) {
    return AwaitAnyReply(
        [&](RedisClient::Done done) { client_->Send(key, args, patience_, std::move(done)); });
  }

 private:
  absl::Status why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }

  Duration patience_{0};
  std::mutex mutex_;
  absl::Status why_ = absl::UnavailableError("no answer");
  std::unique_ptr<RedisClient> client_;  // Last: its threads use the above.
};

// "name:value" lines, as INFO and CLUSTER INFO answer.
std::map<std::string, std::string> Lines(const absl::StatusOr<Reply>& reply) {
  std::map<std::string, std::string> lines;
  if (!reply.ok() || reply->IsError()) return lines;
  const std::vector<std::string> split = absl::StrSplit(reply->text, '\n');
  for (const std::string& line : split) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (!parts.second.empty()) lines[parts.first] = std::string(absl::StripSuffix(parts.second, "\r"));
  }
  return lines;
}

std::map<std::string, std::string> Config(Visit& visit, const std::string& key) {
  std::map<std::string, std::string> config;
  for (const std::string name : {"appendfsync", "save", "min-replicas-to-write", "min-replicas-max-lag"}) {
    const absl::StatusOr<Reply> reply = visit.Ask(key, {"CONFIG", "GET", name});
    if (reply.ok() && reply->elements.size() == 2) config[name] = reply->elements[1].text;
  }
  return config;
}

std::optional<Duration> ClockAhead(Visit& visit, const std::string& key, const Clock& clock) {
  const TimePoint asked = clock.Now();
  const absl::StatusOr<Reply> reply = visit.Ask(key, {"TIME"});
  const TimePoint answered = clock.Now();
  int64_t seconds = 0;
  int64_t micros = 0;
  if (!reply.ok() || reply->elements.size() != 2 || !absl::SimpleAtoi(reply->elements[0].text, &seconds) ||
      !absl::SimpleAtoi(reply->elements[1].text, &micros))
    return std::nullopt;
  const TimePoint theirs{Duration(seconds * 1000 + micros / 1000)};
  return theirs - (asked + (answered - asked) / 2);
}

// The environment in the stamp of the store: [ 1, environment, … ].
std::string OwnerOf(Visit& engine) {
  const absl::StatusOr<Reply> reply = engine.Ask(kOwnerStampKey, {"GET", kOwnerStampKey});
  if (!reply.ok() || reply->kind != Reply::Kind::kString) return "";
  MsgpackReader in(reply->text);
  (void)in.Array();
  (void)in.Int();
  return std::string(in.Bytes());
}

bool Refused(const absl::StatusOr<Reply>& reply) { return reply.ok() && reply->IsError("NOPERM"); }

std::vector<std::string> With(std::vector<std::string> args, const std::string& key) {
  for (std::string& arg : args) {
    if (arg == kProbeKey) arg = key;
  }
  return args;
}

// Rights of the engine's user that it never needs.
std::vector<std::string> Beyond(Visit& engine, Visit* inspector, const std::string& user,
                                const std::string& key) {
  std::vector<std::pair<std::string, std::vector<std::string>>> questions;
  for (const Privilege& privilege : ForeignPrivileges())
    questions.emplace_back(std::string(privilege.command), privilege.harmless);
  questions.emplace_back("keys of others", std::vector<std::string>{"GET", "a-key-of-somebody-else"});
  std::vector<std::string> beyond;
  for (auto& [name, args] : questions) {
    bool dry = false;
    bool may = false;
    if (inspector != nullptr) {
      std::vector<std::string> run = {"ACL", "DRYRUN", user.empty() ? "default" : user};
      run.insert(run.end(), args.begin(), args.end());
      const absl::StatusOr<Reply> reply = inspector->Ask(key, run);
      dry = reply.ok() && !reply->IsError();  // Not before 7.0.
      may = dry && reply->text == "OK";
    }
    // A key that is elsewhere in a Cluster is no matter of rights: that is asked of ACL DRYRUN alone.
    if (!dry) {
      const absl::StatusOr<Reply> reply = engine.Ask(key, args);
      may = reply.ok() && !Refused(reply) && !reply->IsError("MOVED");
    }
    if (may) beyond.push_back(name);
  }
  return beyond;
}

// ACL GETUSER default: on, and without a password.
std::optional<bool> OpenToAll(Visit& inspector, const std::string& key) {
  const absl::StatusOr<Reply> reply = inspector.Ask(key, {"ACL", "GETUSER", "default"});
  if (!reply.ok() || reply->elements.size() < 2) return std::nullopt;
  bool on = false;
  bool nopass = false;
  for (const Reply& flag : reply->elements[1].elements) {
    on = on || flag.text == "on";
    nopass = nopass || flag.text == "nopass";
  }
  return on && nopass;
}

ServerFacts Look(Visit& engine, Visit* inspector, const RedisUrl& url, const RedisClient::Shard& shard,
                 const std::string& environment, const Clock& clock) {
  // A key on this server that the engine's user may use.
  const bool tagged = absl::StartsWith(shard.tag, absl::StrCat(environment, ":"));
  const std::string key =
      absl::StrCat("lk:{", tagged ? shard.tag : absl::StrCat(environment, ":doctor"), "}:doctor");
  ServerFacts facts;
  facts.name = shard.name;
  facts.inspected = inspector != nullptr;
  Visit& eyes = inspector != nullptr ? *inspector : engine;
  facts.info = Lines(eyes.Ask(key, {"INFO"}));
  facts.clock_ahead = ClockAhead(eyes, key, clock);
  facts.environment = environment;
  facts.owner = OwnerOf(engine);
  for (const Privilege& privilege : EnginePrivileges()) {
    if (Refused(engine.Ask(key, With(privilege.harmless, key))))
      facts.missing.emplace_back(privilege.command);
  }
  facts.beyond = Beyond(engine, inspector, url.user, key);
  // Who may configure may look; nobody else is made to leave lines in ACL LOG.
  if (inspector != nullptr || absl::c_linear_search(facts.beyond, "config|set"))
    facts.config = Config(eyes, key);
  if (inspector == nullptr) return facts;
  if (facts.info["cluster_enabled"] == "1") facts.cluster = Lines(eyes.Ask(key, {"CLUSTER", "INFO"}));
  facts.open_to_all = OpenToAll(eyes, key);
  if (const absl::StatusOr<Reply> log = eyes.Ask(key, {"ACL", "LOG"}); log.ok() && !log->IsError())
    facts.refusals = static_cast<int64_t>(log->elements.size());
  return facts;
}

}  // namespace

absl::StatusOr<std::vector<ServerFacts>> Inspect(const InspectionOptions& options, const Clock& clock) {
  LATCHKEY_ASSIGN_OR_RETURN(const RedisUrl url,
                            ParseRedisUrl(options.engine.url, options.engine.password_file));
  LATCHKEY_ASSIGN_OR_RETURN(const auto engine, Visit::Make(options.engine, options.patience));
  std::unique_ptr<Visit> inspector;
  if (options.inspector) {
    LATCHKEY_ASSIGN_OR_RETURN(inspector, Visit::Make(*options.inspector, options.patience));
  }
  std::vector<ServerFacts> servers;
  for (const RedisClient::Shard& shard : engine->shards()) {
    servers.push_back(Look(*engine, inspector.get(), url, shard, options.engine.environment, clock));
    servers.back().asked_as_cluster = absl::StrContains(options.engine.url, "cluster://");
  }
  return servers;
}

}  // namespace latchkey
