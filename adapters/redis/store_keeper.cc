#include "adapters/redis/store_keeper.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {

StoreKeeper::StoreKeeper(StoreKeeperParts parts, StoreKeeperOptions options)
    : parts_(std::move(parts)),
      options_(options),
      looks_(parts_.client, parts_.environment, parts_.random, parts_.clock),
      watch_(parts_.environment),
      restorer_(parts_.store, parts_.memory, parts_.policies, options_.pace),
      sync_at_(parts_.clock.Now()),
      revocations_read_(parts_.clock.Now().time_since_epoch().count()),
      thread_([this] { Run(); }) {}

StoreKeeper::~StoreKeeper() {
  ending_.set_value();
  thread_.join();
}

void StoreKeeper::Run() {
  std::future<void> ending = ending_.get_future();
  auto next_look = std::chrono::steady_clock::now();
  do {
    if (std::chrono::steady_clock::now() >= next_look) {
      next_look = std::chrono::steady_clock::now() + options_.look_every;
      const bool up = LookAtStore();
      if (up && !was_up_) merge_from_ = Soon();
      if (up && !was_up_ && !sync_at_) sync_at_ = Soon();
      was_up_ = up;
      if (up) {
        const bool sync = sync_at_ && *sync_at_ <= parts_.clock.Now();
        const absl::Status status = sync ? SyncRevocations() : TailRevocations();
        if (status.ok()) revocations_read_ = parts_.clock.Now().time_since_epoch().count();
        if (!status.ok() && parts_.on_trouble) parts_.on_trouble("revocations of other nodes", status);
      }
    }
    if (was_up_) {
      restorer_.Step();
      parts_.late.Step();
      if (merge_from_ <= parts_.clock.Now())
        parts_.fallback.Step(parts_.store, parts_.policies, options_.pace, parts_.clock.Now());
    }
  } while (ending.wait_for(options_.step_every) == std::future_status::timeout);
}

bool StoreKeeper::LookAtStore() {
  const int64_t look = parts_.memory.BeginLook();
  const std::vector<RedisWatch::Found> found = looks_.Look(options_.look_patience);
  const TimePoint now = parts_.clock.Now();
  std::vector<LookedAt> round;
  for (const RedisWatch::Found& each : found) {
    if (each.look.ok()) round.push_back({each.shard.name, each.shard.tag, *each.look});
  }
  const std::vector<StoreIncident> incidents = watch_.Take(std::move(round), now);
  bool whole = !found.empty();
  std::vector<StoreHealth::Shard> shards;
  for (const RedisWatch::Found& each : found) {
    StoreHealth::Shard shard{.name = each.shard.name};
    if (each.look.ok()) {
      shard.up = watch_.Ours(each.shard.tag);
      shard.skew = each.look->skew;
      TakeSkew(shard.name, shard.skew);
    }
    whole = whole && shard.up;
    shards.push_back(std::move(shard));
  }
  const bool any = std::any_of(shards.begin(), shards.end(), [](const auto& s) { return s.up; });
  if (watch_.AnyForeign()) parts_.store.SetOpen(false);
  if (any && !watch_.AnyForeign()) parts_.store.SetOpen(true);
  {
    const MutexLock lock(mutex_);
    shards_ = std::move(shards);
  }
  for (const StoreIncident& incident : incidents) Take(incident);
  if (whole && incidents.empty()) parts_.memory.Confirm(look);
  return any && parts_.store.open();
}

void StoreKeeper::Take(const StoreIncident& incident) {
  incidents_.Add(incident);
  {
    const MutexLock lock(mutex_);
    ++counts_[static_cast<size_t>(incident.kind)];
  }
  if (parts_.on_incident) parts_.on_incident(incident);
  if (incident.kind == StoreIncidentKind::kForeignEnvironment) return;
  const bool failover = incident.kind == StoreIncidentKind::kFailedOver;
  restorer_.Start(failover ? incident.whole - options_.failover_reach : TimePoint(Duration::zero()));
  sync_at_ = Soon();
}

void StoreKeeper::TakeSkew(const std::string& shard, Duration skew) {
  bool& was = skewed_[shard];
  const bool is = skew > options_.skew_max || -skew > options_.skew_max;
  if (is != was && parts_.on_skew) parts_.on_skew(shard, skew, is);
  was = is;
}

TimePoint StoreKeeper::Soon() {
  const auto most = static_cast<uint64_t>(options_.jitter_max.count());
  return parts_.clock.Now() + Duration(static_cast<int64_t>(parts_.random.Next() % (most + 1)));
}

void StoreKeeper::Learn(const Revocation& revocation) {
  if (revocation.account) {
    if (parts_.revocations.EpochOf(*revocation.account) >= revocation.epoch) return;
  } else if (parts_.revocations.IsRevoked(revocation.device)) {
    return;
  }
  const absl::Status kept =
      revocation.account
          ? parts_.revocations.RevokeAll(*revocation.account, revocation.epoch, revocation.keep_until)
          : parts_.revocations.RevokeDevice(revocation.device, revocation.keep_until);
  if (!kept.ok() && parts_.on_trouble) parts_.on_trouble("this node's disk of revocations", kept);
}

absl::Status StoreKeeper::TailRevocations() {
  if (parts_.feed.TakeFailed()) sync_at_ = Soon();
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<Revocation> revocations, parts_.feed.ReadNew());
  for (const Revocation& revocation : revocations) Learn(revocation);
  return absl::OkStatus();
}

absl::Status StoreKeeper::SyncRevocations() {
  parts_.feed.Rewind();
  std::map<std::string, int64_t> epochs;
  std::set<uint64_t> devices;
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<Revocation> revocations, parts_.feed.ReadNew());
  for (const Revocation& revocation : revocations) {
    Learn(revocation);
    if (!revocation.account) {
      devices.insert(revocation.device);
    } else {
      int64_t& epoch = epochs[revocation.account->Hex()];
      epoch = std::max(epoch, revocation.epoch);
    }
  }
  std::vector<Revocation> missing;
  for (const Revocation& revocation : parts_.live_revocations()) {
    const bool there = revocation.account ? epochs[revocation.account->Hex()] >= revocation.epoch
                                          : devices.contains(revocation.device);
    if (!there) missing.push_back(revocation);
  }
  LATCHKEY_RETURN_IF_ERROR(parts_.feed.Append(missing));
  sync_at_.reset();
  return absl::OkStatus();
}

StoreHealth StoreKeeper::Health() const {
  const FallbackStore::Counts merging = parts_.fallback.counts();
  const Restorer::Counts restoring = restorer_.counts();
  StoreHealth health;
  health.store = parts_.client.display();
  health.incidents = incidents_.Latest();
  health.waiting_to_merge = merging.waiting;
  health.merged = merging.merged;
  health.restoring = restoring.running;
  health.restored = restoring.restored;
  health.not_restored = restoring.failed;
  health.remembered_bytes = parts_.memory.bytes();
  health.revocations_behind =
      std::max(parts_.clock.Now() - TimePoint(Duration(revocations_read_.load())), Duration::zero());
  const MutexLock lock(mutex_);
  health.shards = shards_;
  health.incident_counts = counts_;
  health.up = !shards_.empty() && parts_.store.open() &&
              std::all_of(shards_.begin(), shards_.end(), [](const auto& shard) { return shard.up; });
  return health;
}

}  // namespace latchkey
