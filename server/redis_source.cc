#include "server/redis_source.h"

#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/redis/flood_guard.h"
#include "adapters/redis/redis_backend.h"
#include "adapters/redis/redis_ledger.h"
#include "adapters/redis/redis_policy_repository.h"
#include "adapters/redis/redis_recording.h"
#include "adapters/redis/redis_stats_exchange.h"
#include "adapters/redis/store_keeper.h"
#include "engine/base/status_macros.h"
#include "engine/store/late_settlements.h"

namespace latchkey {
namespace {

// What a node counts by itself while Redis is gone is little and short-lived.
constexpr size_t kLocalEntries = 200'000;
// How long a start waits to learn whether Redis belongs to this environment; one that is not there by then is
// looked at when it comes.
constexpr Duration kFirstLook = std::chrono::seconds(1);
constexpr Duration kLookEvery{10};

RedisSettings SettingsOf(const ServerSettings& settings) {
  RedisSettings redis{.url = settings.store, .password_file = settings.redis_password_file};
  redis.tls.ca_file = settings.redis_ca_file;
  redis.tls.cert_file = settings.redis_certificate;
  redis.tls.key_file = settings.redis_private_key;
  redis.sentinel = {.user = settings.redis_sentinel_user,
                    .password_file = settings.redis_sentinel_password_file,
                    .tls = settings.redis_sentinel_tls};
  redis.environment = settings.environment;
  redis.threads = static_cast<int>(settings.redis_threads);
  redis.connection.connect_timeout = settings.redis_connect_timeout;
  redis.connection.command_timeout = settings.redis_command_timeout;
  return redis;
}

class RedisSource final : public StoreSource {
 public:
  RedisSource(const ServerSettings& settings, const Clock& clock, RandomSource& random, ServiceLog& log)
      : clock_(clock),
        random_(random),
        log_(log),
        environment_(settings.environment),
        memory_({.bytes_max = static_cast<size_t>(settings.restore_bytes), .age_max = settings.restore_age}),
        local_(clock, {.entries_max = kLocalEntries}),
        fallback_(local_, settings.attempt_token_life) {}
  ~RedisSource() override {
    if (guard_) guard_->Stop();
  }

  absl::Status Open(const ServerSettings& settings) {
    const RedisSettings redis = SettingsOf(settings);
    auto on_state = [this](bool up, const absl::Status& why) { OnState(up, why); };
    LATCHKEY_ASSIGN_OR_RETURN(backend_, RedisBackend::Open(redis, std::move(on_state), nullptr, &memory_));
    gate_.emplace(backend_->store());
    // Before anything else asks for keys of ours, which the user of another environment may not.
    LATCHKEY_RETURN_IF_ERROR(LookFirst());
    guard_.emplace(*gate_, backend_->client(), environment_, clock_,
                   static_cast<int>(settings.redis_strangers_in_flight),
                   [this](bool crowded, double fill) { TellCrowding(crowded, fill); });
    late_.emplace(guard_->store(), clock_);
    RedisClient* feeding = &backend_->client();
    if (settings.revocation_replicas > 0) {
      RedisSettings alone = redis;
      alone.threads = 1;
      alone.connection.client_name = "latchkey-revocations";
      LATCHKEY_ASSIGN_OR_RETURN(feed_client_, OpenRedisClient(alone, nullptr));
      feeding = feed_client_.get();
    }
    RedisSettings talking = redis;
    talking.threads = 1;
    talking.connection.client_name = "latchkey-stats";
    LATCHKEY_ASSIGN_OR_RETURN(stats_client_, OpenRedisClient(talking, nullptr));
    stats_exchange_.emplace(*stats_client_, environment_, [this] { return gate_->open(); });
    sightings_exchange_.emplace(*stats_client_, environment_, [this] { return gate_->open(); });
    LATCHKEY_ASSIGN_OR_RETURN(KeyNames keys, KeyNames::For(environment_));
    feed_.emplace(*feeding, environment_, std::move(keys), random_,
                  RevocationFeedOptions{.replicas = static_cast<int>(settings.revocation_replicas),
                                        .replica_timeout = settings.revocation_timeout});
    return absl::OkStatus();
  }

  SignalStore& store() override { return *late_; }
  SignalStore& local_store() override { return fallback_; }
  SoleStore* sole_store() override { return nullptr; }
  // Under keys of its own (engine/assess/shadow.h).
  SignalStore& shadow_store() override { return guard_->unbounded_store(); }
  std::string description() const override { return backend_->display(); }
  void WhenUp(std::function<void()> up) override {
    const MutexLock lock(mutex_);
    if (was_up_) return up();
    when_up_ = std::move(up);
  }
  absl::StatusOr<std::unique_ptr<PolicyRepository>> OpenPolicyRevisions(PolicyRevision seed) override {
    return std::make_unique<RedisPolicyRepository>(backend_->client(), environment_, std::move(seed));
  }
  bool ledger_is_shared() const override { return true; }
  absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(LedgerLimits limits) override {
    return std::make_unique<RedisLedger>(backend_->client(), environment_, limits, clock_, random_);
  }
  absl::StatusOr<std::shared_ptr<void>> OpenRecording(const RecordingSettings& settings,
                                                      RecordingHeader header,
                                                      RecordingQueue& queue) override {
    return std::make_shared<RedisRecording>(
        RedisRecordingOptions{.header = std::move(header),
                              .bytes_max = static_cast<uint64_t>(settings.bytes_max),
                              .age_max = settings.age_max},
        backend_->client(), queue, clock_);
  }
  RevocationFeed* revocation_feed() override { return &*feed_; }
  StatsExchange* stats_exchange() override { return &*stats_exchange_; }
  StatsExchange* sightings_exchange() override { return &*sightings_exchange_; }

  std::unique_ptr<StoreHealthSource> Keep(const PolicyHolder& policies, Revocations& revocations,
                                          std::function<std::vector<Revocation>()> live) override {
    auto on_skew = [this](const std::string& shard, Duration skew, bool too_much) {
      log_.Write(too_much ? LogLevel::kWarn : LogLevel::kInfo,
                 too_much ? "the store's clock and this node's differ by more than a second; windows use the "
                            "store's, tokens this node's"
                          : "the store's clock and this node's agree again",
                 {{"shard", shard}, {"skew_ms", absl::StrCat(skew.count())}});
    };
    auto on_incident = [this](const StoreIncident& incident) {
      log_.Write(LogLevel::kError, incident.text,
                 {{"incident", std::string(StoreIncidentName(incident.kind))}, {"shard", incident.shard}});
    };
    auto on_trouble = [this](const std::string& what, const absl::Status& why) {
      if (absl::IsUnavailable(why) || absl::IsDeadlineExceeded(why)) return;  // said as such elsewhere
      log_.Write(LogLevel::kWarn, what, {{"why", std::string(why.message())}});
    };
    return std::make_unique<StoreKeeper>(StoreKeeperParts{.client = backend_->client(),
                                                          .environment = environment_,
                                                          .store = *gate_,
                                                          .fallback = fallback_,
                                                          .late = *late_,
                                                          .memory = memory_,
                                                          .policies = policies,
                                                          .revocations = revocations,
                                                          .live_revocations = std::move(live),
                                                          .feed = *feed_,
                                                          .random = random_,
                                                          .clock = clock_,
                                                          .on_incident = std::move(on_incident),
                                                          .on_skew = std::move(on_skew),
                                                          .on_trouble = std::move(on_trouble)},
                                         StoreKeeperOptions{});
  }

 private:
  // Whether Redis belongs to this environment, if it can be asked by now.
  absl::Status LookFirst() {
    RedisWatch watch(backend_->client(), environment_, random_, clock_);
    for (Duration waited{0}; !backend_->up() && waited < kFirstLook; waited += kLookEvery)
      std::this_thread::sleep_for(kLookEvery);
    for (const RedisWatch::Found& found : watch.Look(kFirstLook)) {
      if (!found.look.ok()) continue;
      const std::string& theirs = found.look->environment;
      if (!theirs.empty() && theirs != environment_) {
        return absl::FailedPreconditionError(absl::StrCat(
            "store: ", found.shard.name, " belongs to environment '", theirs, "', not to '", environment_,
            "': environments do not mix. Give this engine a Redis of its own, or set `environment: ", theirs,
            "`; if nobody uses that Redis any more, empty it first"));
      }
      gate_->SetOpen(true);
    }
    return absl::OkStatus();
  }

  void TellCrowding(bool crowded, double fill) {
    const std::string percent = absl::StrCat(static_cast<int>(fill * 100), " %");
    if (crowded) {
      log_.Write(LogLevel::kWarn, "Redis is filling up; accounts and networks without a record share some",
                 {{"fill", percent}, {"mend", "raise maxmemory, or look at `latchkey top sources`"}});
    } else {
      log_.Write(LogLevel::kInfo, "Redis has room again", {{"fill", percent}});
    }
  }

  void OnState(bool up, const absl::Status& why) {
    if (up) {
      log_.Write(LogLevel::kInfo, "connected to Redis", {});
      const MutexLock lock(mutex_);
      was_up_ = true;
      if (when_up_) std::exchange(when_up_, nullptr)();
    } else {
      log_.Write(LogLevel::kWarn, "Redis cannot be asked; trying again",
                 {{"why", std::string(why.message())}});
    }
  }

  const Clock& clock_;
  RandomSource& random_;
  ServiceLog& log_;
  const std::string environment_;
  RecordMemory memory_;
  MemorySignalStore local_;
  FallbackStore fallback_;
  std::optional<RedisRevocationFeed> feed_;
  std::optional<GatedStore> gate_;
  std::optional<FloodGuard> guard_;
  std::optional<LateSettlements> late_;
  std::optional<RedisStatsExchange> stats_exchange_;
  std::optional<RedisStatsExchange> sightings_exchange_;
  Mutex mutex_;
  bool was_up_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> when_up_ ABSL_GUARDED_BY(mutex_);
  // First to go: their threads call the members above.
  std::unique_ptr<RedisClient> stats_client_;
  std::unique_ptr<RedisClient> feed_client_;
  std::unique_ptr<RedisBackend> backend_;
};

}  // namespace

absl::Status CheckRedisSource(const ServerSettings& settings) {
  return CheckRedisSettings(SettingsOf(settings));
}

absl::StatusOr<std::unique_ptr<StoreSource>> OpenRedisSource(const ServerSettings& settings,
                                                             const Clock& clock, RandomSource& random,
                                                             ServiceLog& log) {
  auto source = std::make_unique<RedisSource>(settings, clock, random, log);
  LATCHKEY_RETURN_IF_ERROR(source->Open(settings));
  return std::unique_ptr<StoreSource>(std::move(source));
}

}  // namespace latchkey
