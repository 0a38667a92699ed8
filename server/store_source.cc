#include "server/store_source.h"

#include <atomic>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/memory/ledger_log.h"
#include "adapters/memory/memory_signal_store.h"
#include "adapters/policy_file/revision_file.h"
#include "adapters/recording_file/recording_folder.h"
#include "adapters/sqlite/sqlite_ledger.h"
#include "engine/base/status_macros.h"
#include "server/redis_source.h"
#include "server/repeating_thread.h"

namespace latchkey {
namespace {

constexpr std::chrono::milliseconds kExpireEvery{200};

// A store that is always there, but may be full.
class MemoryHealth final : public StoreHealthSource {
 public:
  MemoryHealth(const MemorySignalStore& store, const MemoryStoreOptions& options)
      : store_(store), options_(options) {}

  [[nodiscard]] StoreHealth Health() const override {
    const MemoryStoreMetrics metrics = store_.metrics();
    StoreHealth health;
    health.store = "memory";
    health.memory = {.records = metrics.entries,
                     .records_max = options_.entries_max,
                     .bytes = metrics.bytes,
                     .bytes_max = options_.bytes_max,
                     .held_bytes = metrics.held,
                     .overflowed = metrics.overflowed,
                     .refused = metrics.refused};
    return health;
  }

 private:
  const MemorySignalStore& store_;
  const MemoryStoreOptions options_;
};

class MemorySource final : public StoreSource {
 public:
  static absl::StatusOr<std::unique_ptr<StoreSource>> Open(const ServerSettings& settings, const Clock& clock,
                                                           RandomSource& random, ServiceLog& log) {
    auto source = std::unique_ptr<MemorySource>(new MemorySource(settings, clock, random));
    const std::string path = settings.data_dir + "/ledger";
    LATCHKEY_ASSIGN_OR_RETURN(
        source->ledger_,
        LedgerLog::Open({.path = path, .environment = settings.environment}, clock, source->store_));
    const LedgerMetrics ledger = source->ledger_->metrics();
    log.Write(LogLevel::kInfo, "read the ledger back",
              {{"file", path},
               {"frames", absl::StrCat(ledger.read.frames)},
               {"cut_bytes", absl::StrCat(ledger.read.cut_bytes)}});
    source->sweeper_.emplace(kExpireEvery, [&store = source->store_] { store.Expire(); });
    return source;
  }

  SignalStore& store() override { return store_; }
  SignalStore& local_store() override { return store_; }
  SoleStore* sole_store() override { return &store_; }
  SignalStore& shadow_store() override { return shadow_; }
  std::string description() const override { return "memory"; }
  void WhenUp(std::function<void()> up) override { up(); }
  std::unique_ptr<StoreHealthSource> Keep(const PolicyHolder& /*policies*/, Revocations& /*revocations*/,
                                          std::function<std::vector<Revocation>()> /*live*/) override {
    return std::make_unique<MemoryHealth>(store_, options_);
  }
  RevocationFeed* revocation_feed() override { return nullptr; }
  StatsExchange* stats_exchange() override { return nullptr; }
  StatsExchange* sightings_exchange() override { return nullptr; }
  bool ledger_is_shared() const override { return false; }
  absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(LedgerLimits limits) override {
    return SqliteLedger::Open(data_dir_ + "/books", environment_, limits, clock_, random_);
  }
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
  MemorySource(const ServerSettings& settings, const Clock& clock, RandomSource& random)
      : clock_(clock),
        random_(random),
        environment_(settings.environment),
        data_dir_(settings.data_dir),
        options_{.entries_max = static_cast<size_t>(settings.memory_entries),
                 .bytes_max = static_cast<size_t>(settings.memory_bytes)},
        store_(clock, options_),
        shadow_(clock, {.entries_max = static_cast<size_t>(settings.memory_entries) / kShadowPart,
                        .bytes_max = static_cast<size_t>(settings.memory_bytes) / kShadowPart}) {}

  // A flood that fills the shadow's store makes the shadow more cautious, and nobody else.
  static constexpr size_t kShadowPart = 4;

  const Clock& clock_;
  RandomSource& random_;
  std::string environment_;
  std::string data_dir_;
  const MemoryStoreOptions options_;
  MemorySignalStore store_;
  MemorySignalStore shadow_;
  std::unique_ptr<LedgerLog> ledger_;
  std::optional<RepeatingThread> sweeper_;
};

}  // namespace

absl::Status StoreSource::Check(const ServerSettings& settings) {
  if (settings.store == "memory") return absl::OkStatus();
  if (absl::StrContains(settings.store, "://")) return CheckRedisSource(settings);
  return absl::InvalidArgumentError(absl::StrCat(
      "store: '", settings.store, "' is neither memory nor a URL such as redis://127.0.0.1:6379"));
}

absl::StatusOr<std::unique_ptr<StoreSource>> StoreSource::Open(const ServerSettings& settings,
                                                               const Clock& clock, RandomSource& random,
                                                               ServiceLog& log) {
  LATCHKEY_RETURN_IF_ERROR(Check(settings));
  if (settings.store == "memory") return MemorySource::Open(settings, clock, random, log);
  return OpenRedisSource(settings, clock, random, log);
}

}  // namespace latchkey
