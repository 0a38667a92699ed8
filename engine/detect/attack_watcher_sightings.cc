// What the watcher tells other nodes, and what it does with what they tell.
#include <utility>

#include "engine/detect/attack_watcher.h"

namespace latchkey {

bool AttackWatcher::Share(Sighting::Kind kind, const Try& tried, Lane lane) {
  if (!sightings_.HasRoom()) return false;
  Sighting sighting{.kind = kind,
                    .account = tried.account,
                    .network = tried.network,
                    .source = tried.source,
                    .at = tried.at,
                    .decision = tried.decision,
                    .lane = lane,
                    .tenant = tenants_.IdOf(tried.tenant),
                    .tenant_name = tenants_.NameOf(tried.tenant),
                    .answered = tried.answered,
                    .unknown = tried.unknown,
                    .solved = tried.solved,
                    .popular = tried.popular,
                    .near = tried.near,
                    .account_tag = tried.account_tag,
                    .tenant_tag = tried.tenant_tag,
                    .until = tried.until};
  // Tags of right passwords are kept nowhere.
  if (kind == Sighting::Kind::kLogin) sighting.account_tag = std::nullopt;
  if (kind != Sighting::Kind::kLogin) {
    sighting.account_name = NameOf(tried.account);
    sighting.source_name = NameOf(tried.source);
  }
  return sightings_.Put(std::move(sighting));
}

bool AttackWatcher::LeftToOthers(const Try& tried, Lane lane) {
  if (!Share(Sighting::Kind::kReport, tried, lane)) return false;
  const MutexLock lock(foreign_mutex_);
  foreign_[tried.decision] = {tried, lane, round_};
  return true;
}

std::vector<Sighting> AttackWatcher::TakeSightings(size_t keep_max) {
  std::vector<Foreign> unclaimed;
  {
    const MutexLock lock(foreign_mutex_);
    const int64_t round = ++round_;
    absl::erase_if(foreign_, [&](const auto& each) {
      const bool over = keep_max == 0 || each.second.round + kRoundsAwaited < round;
      if (over) unclaimed.push_back(each.second);
      return over;
    });
  }
  for (const Foreign& each : unclaimed) CountReport(each.tried, each.lane, {.tenant = TenantBook::kNone});
  std::vector<Sighting> taken = sightings_.Take();
  sightings_.Open(keep_max);
  return taken;
}

void AttackWatcher::Hear(const Sighting& sighting) {
  if (settings_.show_names) {
    if (!sighting.account_name.empty()) RememberName(sighting.account, sighting.account_name);
    if (!sighting.source_name.empty()) RememberName(sighting.source, sighting.source_name);
  }
  Try tried{.account = sighting.account,
            .network = sighting.network,
            .source = sighting.source,
            .at = sighting.at,
            .tenant = TenantBook::kNone,
            .answered = sighting.answered,
            .unknown = sighting.unknown,
            .solved = sighting.solved,
            .popular = sighting.popular,
            .near = sighting.near,
            .account_tag = sighting.account_tag,
            .tenant_tag = sighting.tenant_tag,
            .until = sighting.until,
            .decision = sighting.decision,
            .heard = true};
  if (sighting.kind == Sighting::Kind::kReport) {
    const std::optional<AttemptNote> note = notes_.Get(sighting.decision);
    if (!note) return;
    tried.heard = false;
    return CountReport(tried, sighting.lane, *note);
  }
  if (sighting.kind == Sighting::Kind::kLogin) {
    notes_.Forget(sighting.decision);
    return CountLogin(tried);
  }
  {
    const MutexLock lock(foreign_mutex_);
    foreign_.erase(sighting.decision);
  }
  if (sighting.tenant != 0) tried.tenant = tenants_.IndexOf(sighting.tenant, sighting.tenant_name);
  if (sighting.kind == Sighting::Kind::kTokenTry) return CountOfToken(tried);
  CountTry(tried);
}

}  // namespace latchkey
