#include "server/store_source.h"

#include <atomic>
#include <future>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/memory/ledger_log.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/policy_file/revision_file.h"
#include "adapters/recording_file/recording_folder.h"
#include "adapters/redis/flood_guard.h"
#include "adapters/redis/redis_backend.h"
#include "adapters/redis/redis_policy_repository.h"
#include "adapters/redis/redis_recording.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr std::chrono::milliseconds kExpireEvery{200};

// Drops what has expired, a little at a time, for as long as it lives.
class Sweeper {
 public:
  explicit Sweeper(MemorySignalStore& store)
      : thread_([&store, ending = ending_.get_future()] {
          while (ending.wait_for(kExpireEvery) == std::future_status::timeout) store.Expire();
        }) {}
  ~Sweeper() {
    ending_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> ending_;
  std::thread thread_;
};

class MemorySource final : public StoreSource {
 public:
  static absl::StatusOr<std::unique_ptr<StoreSource>> Open(const ServerSettings& settings, const Clock& clock,
                                                           ServiceLog& log) {
    auto source = std::unique_ptr<MemorySource>(new MemorySource(settings, clock));
    const std::string path = settings.data_dir + "/ledger";
    LATCHKEY_ASSIGN_OR_RETURN(
        source->ledger_,
        LedgerLog::Open({.path = path, .environment = settings.environment}, clock, source->store_));
    const LedgerMetrics ledger = source->ledger_->metrics();
    log.Write(LogLevel::kInfo, "read the ledger back",
              {{"file", path},
               {"frames", absl::StrCat(ledger.read.frames)},
               {"cut_bytes", absl::StrCat(ledger.read.cut_bytes)}});
    source->sweeper_.emplace(source->store_);
    return source;
  }

  SignalStore& store() override { return store_; }
  SignalStore& local_store() override { return store_; }
  SignalStore& shadow_store() override { return shadow_; }
  std::string description() const override { return "memory"; }
  void WhenUp(std::function<void()> up) override { up(); }
  absl::StatusOr<std::unique_ptr<PolicyRepository>> OpenPolicyRevisions(PolicyRevision seed) override {
    return RevisionFile::Open(data_dir_ + "/policies.yaml", std::move(seed));
  }
  absl::StatusOr<std::shared_ptr<void>> OpenRecording(const RecordingSettings& settings,
                                                      RecordingHeader header,
                                                      RecordingQueue& queue) override {
    LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<RecordingFolder> folder,
                              RecordingFolder::Open({.folder = data_dir_ + "/recording",
                                                     .header = std::move(header),
                                                     .bytes_max = static_cast<uint64_t>(settings.bytes_max),
                                                     .age_max = settings.age_max},
                                                    queue, clock_));
    return std::shared_ptr<void>(std::move(folder));
  }

 private:
  MemorySource(const ServerSettings& settings, const Clock& clock)
      : clock_(clock),
        data_dir_(settings.data_dir),
        store_(clock, {.entries_max = static_cast<size_t>(settings.memory_entries),
                       .bytes_max = static_cast<size_t>(settings.memory_bytes)}),
        shadow_(clock, {.entries_max = static_cast<size_t>(settings.memory_entries) / kShadowPart,
                        .bytes_max = static_cast<size_t>(settings.memory_bytes) / kShadowPart}) {}

  // A flood that fills the shadow's store makes the shadow more cautious, and nobody else.
  static constexpr size_t kShadowPart = 4;

  const Clock& clock_;
  std::string data_dir_;
  MemorySignalStore store_;
  MemorySignalStore shadow_;
  std::unique_ptr<LedgerLog> ledger_;
  std::optional<Sweeper> sweeper_;
};

class RedisSource final : public StoreSource {
 public:
  ~RedisSource() override {
    if (guard_) guard_->Stop();
  }

  // What a node counts by itself while Redis is gone is little and short-lived.
  static constexpr size_t kLocalEntries = 200'000;

  static absl::StatusOr<std::unique_ptr<StoreSource>> Open(const ServerSettings& settings, const Clock& clock,
                                                           ServiceLog& log) {
    auto source = std::unique_ptr<RedisSource>(new RedisSource(settings.environment, clock));
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
    auto on_state = [raw = source.get(), &log](bool up, const absl::Status& why) {
      raw->OnState(up, why, log);
    };
    LATCHKEY_ASSIGN_OR_RETURN(source->backend_, RedisBackend::Open(redis, std::move(on_state)));
    source->guard_.emplace(source->backend_->store(), source->backend_->client(), settings.environment, clock,
                           static_cast<int>(settings.redis_strangers_in_flight),
                           [&log](bool crowded, double fill) { TellCrowding(crowded, fill, log); });
    return source;
  }

  SignalStore& store() override { return guard_->store(); }
  SignalStore& local_store() override { return local_; }
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
  absl::StatusOr<std::shared_ptr<void>> OpenRecording(const RecordingSettings& settings,
                                                      RecordingHeader header,
                                                      RecordingQueue& queue) override {
    return std::make_shared<RedisRecording>(
        RedisRecordingOptions{.header = std::move(header),
                              .bytes_max = static_cast<uint64_t>(settings.bytes_max),
                              .age_max = settings.age_max},
        backend_->client(), queue, clock_);
  }

 private:
  RedisSource(std::string environment, const Clock& clock)
      : clock_(clock), environment_(std::move(environment)), local_(clock, {.entries_max = kLocalEntries}) {}

  static void TellCrowding(bool crowded, double fill, ServiceLog& log) {
    const std::string percent = absl::StrCat(static_cast<int>(fill * 100), " %");
    if (crowded) {
      log.Write(LogLevel::kWarn, "Redis is filling up; accounts and networks without a record share some",
                {{"fill", percent}, {"mend", "raise maxmemory, or look at `latchkey top sources`"}});
    } else {
      log.Write(LogLevel::kInfo, "Redis has room again", {{"fill", percent}});
    }
  }

  void OnState(bool up, const absl::Status& why, ServiceLog& log) {
    if (up) {
      log.Write(LogLevel::kInfo, "connected to Redis", {});
      const MutexLock lock(mutex_);
      was_up_ = true;
      if (when_up_) std::exchange(when_up_, nullptr)();
    } else {
      log.Write(LogLevel::kWarn, "Redis cannot be asked; trying again",
                {{"why", std::string(why.message())}});
    }
  }

  const Clock& clock_;
  std::string environment_;
  MemorySignalStore local_;
  Mutex mutex_;
  bool was_up_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> when_up_ ABSL_GUARDED_BY(mutex_);
  std::optional<FloodGuard> guard_;
  std::unique_ptr<RedisBackend> backend_;  // first to go: its threads call the members above
};

}  // namespace

absl::StatusOr<std::unique_ptr<StoreSource>> StoreSource::Open(const ServerSettings& settings,
                                                               const Clock& clock, ServiceLog& log) {
  if (settings.store == "memory") return MemorySource::Open(settings, clock, log);
  if (absl::StrContains(settings.store, "://")) return RedisSource::Open(settings, clock, log);
  return absl::InvalidArgumentError(absl::StrCat(
      "store: '", settings.store, "' is neither memory nor a URL such as redis://127.0.0.1:6379"));
}

}  // namespace latchkey
