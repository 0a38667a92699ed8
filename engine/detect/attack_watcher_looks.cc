// What the watcher shows to the detectors, and what it tells.
#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "engine/detect/attack_watcher.h"
#include "engine/detect/detectors.h"

namespace latchkey {
namespace {

constexpr size_t kWatchedMax = 256;
constexpr size_t kWorkflowsMax = 4096;
constexpr size_t kToldMax = 4096;
constexpr size_t kLinksMax = 16;
constexpr Duration kToldAgain = std::chrono::seconds(10);

}  // namespace

struct AttackWatcher::DetectorSet {
  std::shared_ptr<const Policy> policy;
  std::vector<std::unique_ptr<Detector>> of_account;
  std::vector<std::unique_ptr<Detector>> others;
};

AttackWatcher::~AttackWatcher() = default;

void AttackWatcher::LookAtAccount(const AccountTally& tally, TimePoint now) {
  Activity activity{.now = now, .tenant = tenants_.NameOf(tally.tenant), .account = &tally};
  activity.account_name = {tally.key, NameOf(tally.key)};
  activity.stakes = parts_.stakes.Of(tally.key, now);
  for (const SourceTries& each : tally.top) {
    if (each.tries == 0) continue;
    activity.account_sources.push_back({each.source, NameOf(each.source)});
    const NamedSource network{each.network, ""};
    if (std::find(activity.account_networks.begin(), activity.account_networks.end(), network) ==
        activity.account_networks.end())
      activity.account_networks.push_back(network);
  }
  if (!activity.stakes.empty()) {
    if (activity.tenant.empty()) activity.tenant = activity.stakes.front().tenant;
    for (const Stake& stake : activity.stakes) {
      const int64_t victims = VictimsWith(stake, tally.key, now);
      if (victims <= activity.victims_in_workflow) continue;
      activity.victims_in_workflow = victims;
      activity.stakes_in_workflow = parts_.stakes.CountBeside(stake);
    }
    activity.accounts_of_source = AccountsOf(tally, now);
    FindLinks(tally, activity);
    WatchOn(tally.key);
  }
  const std::shared_ptr<const DetectorSet> detectors = Detectors();
  for (const auto& detector : detectors->of_account) {
    const std::optional<Finding> finding = detector->Evaluate(activity);
    if (!finding) continue;
    WatchOn(tally.key);
    return Tell(*finding, now);
  }
}

void AttackWatcher::FindLinks(const AccountTally& tally, Activity& activity) const {
  std::vector<RivalLink>& links = activity.links;
  for (const SourceTries& each : tally.top) {
    if (each.tries == 0 || places_.Knows(each.source, tally.key)) continue;
    const double share = static_cast<double>(each.sure()) / static_cast<double>(std::max(1U, tally.tries));
    for (const bool same_address : {true, false}) {
      const LoginPlaces::Place place = places_.Of(same_address ? each.source : each.network);
      for (const LoginPlaces::Login& login : place.latest) {
        AddLink(login.account, activity,
                {.same_address = same_address,
                 .same_network = !same_address,
                 .share = std::min(1.0, share),
                 .residents = place.residents,
                 .last_login = login.at},
                links);
      }
    }
  }
  if (tally.foreign_tries > 0)
    AddLink(tally.foreign_account, activity, {.same_device = true, .last_login = TimePoint()}, links);
}

void AttackWatcher::AddLink(const Key& rival, const Activity& activity, const RivalLink& tie,
                            std::vector<RivalLink>& links) const {
  if (rival == activity.account->key) return;
  const auto same = std::find_if(links.begin(), links.end(),
                                 [&](const RivalLink& each) { return each.account.key == rival; });
  if (same != links.end()) {
    // The address says more than the network; of several the one with most tries.
    const bool closer = tie.same_address && (!same->same_address || tie.share > same->share);
    if (closer) {
      same->same_address = true;
      same->same_network = false;
      same->share = tie.share;
      same->residents = tie.residents;
      same->last_login = tie.last_login;
    }
    same->same_device = same->same_device || tie.same_device;
    return;
  }
  if (links.size() >= kLinksMax) return;
  for (const Stake& stake : parts_.stakes.Of(rival, activity.now)) {
    const auto shared = std::find_if(activity.stakes.begin(), activity.stakes.end(), [&](const Stake& own) {
      return own.workflow == stake.workflow && own.caller == stake.caller && own.tenant == stake.tenant;
    });
    if (shared == activity.stakes.end()) continue;
    RivalLink link = tie;
    link.account = {rival, settings_.show_names ? absl::StrCat(stake.tenant, "/", stake.account) : ""};
    link.workflow = stake.workflow;
    link.stake_created = stake.created;
    link.stake_end = stake.end;
    const std::optional<AccountTally> own = TallyOf(rival);
    link.attacked =
        own && own->tries >= kTriesMin && own->last + AccountTally::kQuiet >= activity.now &&
        std::any_of(own->top.begin(), own->top.end(), [&](const SourceTries& each) {
          return each.tries > 0 && std::any_of(activity.account->top.begin(), activity.account->top.end(),
                                               [&](const SourceTries& mine) {
                                                 return mine.tries > 0 && mine.source == each.source;
                                               });
        });
    links.push_back(std::move(link));
    return;
  }
}

int64_t AttackWatcher::AccountsOf(const AccountTally& tally, TimePoint now) {
  const auto busiest =
      std::max_element(tally.top.begin(), tally.top.end(),
                       [](const SourceTries& a, const SourceTries& b) { return a.sure() < b.sure(); });
  Shard<SourceTally>& shard = *sources_[busiest->source.high % kShards];
  const MutexLock lock(shard.mutex);
  const SourceTally* source = shard.table.Find(busiest->source);
  if (source == nullptr || now - source->first > SourceTally::kSpan) return 1;
  return std::max<int64_t>(1, source->accounts.Count());
}

int64_t AttackWatcher::VictimsWith(const Stake& stake, const Key& victim, TimePoint now) {
  const uint64_t workflow = absl::HashOf(stake.caller, stake.tenant, stake.workflow);
  const MutexLock lock(workflows_mutex_);
  auto found = workflows_.find(workflow);
  if (found == workflows_.end()) {
    if (workflows_.size() >= kWorkflowsMax) {
      absl::erase_if(workflows_,
                     [&](const auto& each) { return now - each.second.first > SourceTally::kSpan; });
      if (workflows_.size() >= kWorkflowsMax) return 1;
    }
    found = workflows_.emplace(workflow, Victims{.first = now, .accounts = {}}).first;
  }
  Victims& victims = found->second;
  if (now - victims.first > SourceTally::kSpan) victims = {.first = now, .accounts = {}};
  victims.accounts.Add(Spread(victim.low));
  return victims.accounts.Count();
}

void AttackWatcher::NoteVictim(const Try& tried) {
  for (const Stake& stake : parts_.stakes.Of(tried.account, tried.at))
    (void)VictimsWith(stake, tried.account, tried.at);
}

void AttackWatcher::LookAtSource(const SourceTally& tally, const Key& failed_on, uint8_t tenant,
                                 TimePoint now) {
  SourceTally shown = tally;
  shown.residents = places_.Of(tally.key).residents;
  Activity activity{.now = now, .tenant = tenants_.NameOf(tenant), .source = &shown};
  activity.source_name = {tally.key, NameOf(tally.key)};
  activity.failed_on = {failed_on, NameOf(failed_on)};
  TenantTally tenant_wide;
  std::vector<SourceTally> busiest;
  if (tally.accounts.Count() >= kSourceTriesMin) {
    tenants_.NoteSource(tenant, shown, tenant_wide);
    busiest = tenants_.Busiest(tenant, now);
    activity.tenant_wide = &tenant_wide;
    activity.busiest = busiest;
  }
  const std::shared_ptr<const DetectorSet> detectors = Detectors();
  for (const auto& detector : detectors->others) {
    if (const std::optional<Finding> finding = detector->Evaluate(activity)) Tell(*finding, now);
  }
}

void AttackWatcher::LookAtTenant(uint8_t tenant, const TenantTally& tally, TimePoint now) {
  const std::vector<SourceTally> busiest = tenants_.Busiest(tenant, now);
  const Activity activity{
      .now = now, .tenant = tenants_.NameOf(tenant), .tenant_wide = &tally, .busiest = busiest};
  const std::shared_ptr<const DetectorSet> detectors = Detectors();
  for (const auto& detector : detectors->others) {
    if (const std::optional<Finding> finding = detector->Evaluate(activity)) Tell(*finding, now);
  }
}

void AttackWatcher::WatchOn(const Key& account) {
  const MutexLock lock(watched_mutex_);
  if (std::find(watched_.begin(), watched_.end(), account) != watched_.end()) return;
  if (watched_.size() < kWatchedMax) return watched_.push_back(account);
  watched_[watched_next_++ % kWatchedMax] = account;
}

void AttackWatcher::Tick(TimePoint now) {
  if (now - filter_turned_ > AccountTally::kQuiet) {
    filter_.Turn();
    filter_turned_ = now;
  }
  std::vector<Key> watched;
  {
    const MutexLock lock(watched_mutex_);
    watched = watched_;
  }
  for (const Key& account : watched) {
    const std::optional<AccountTally> tally = TallyOf(account);
    if (tally && tally->last + AccountTally::kQuiet >= now) {
      if (tally->tries >= kTriesMin || tally->token_failures > 0) LookAtAccount(*tally, now);
      continue;
    }
    const MutexLock lock(watched_mutex_);
    watched_.erase(std::remove(watched_.begin(), watched_.end(), account), watched_.end());
  }
}

void AttackWatcher::Tell(const Finding& found, TimePoint now) {
  Finding finding = found;
  for (std::vector<NamedSource>* list : {&finding.sources, &finding.networks}) {
    for (NamedSource& each : *list) {
      if (each.name.empty()) each.name = NameOf(each.key);
    }
  }
  {
    const Key what{finding.subject.high ^ static_cast<uint64_t>(finding.kind),
                   finding.subject.low ^ absl::HashOf(finding.tenant)};
    const MutexLock lock(told_mutex_);
    if (told_.size() >= kToldMax) {
      absl::erase_if(told_, [&](const auto& each) { return each.second.at + AccountTally::kQuiet < now; });
      if (told_.size() >= kToldMax) told_.clear();
    }
    Told& told = told_[what];
    const bool fresh = told.at == TimePoint() || told.at + AccountTally::kQuiet < now;
    const bool grown = finding.attempts > told.attempts + told.attempts / 4 ||
                       (finding.attempts != told.attempts && now >= told.at + kToldAgain);
    if (!fresh && !grown && finding.suspects.size() == told.suspects) return;
    told = {finding.attempts, finding.suspects.size(), now};
  }
  parts_.sink.OnFinding(finding, now);
}

std::shared_ptr<const AttackWatcher::DetectorSet> AttackWatcher::Detectors() {
  std::shared_ptr<const Policy> policy = parts_.policies.Current();
  const MutexLock lock(detectors_mutex_);
  if (detectors_ == nullptr || detectors_->policy != policy) {
    auto fresh = std::make_shared<DetectorSet>();
    fresh->of_account = AccountDetectors(policy->spec().detect);
    fresh->others = OtherDetectors(policy->spec().detect);
    fresh->policy = std::move(policy);
    detectors_ = std::move(fresh);
  }
  return detectors_;
}

}  // namespace latchkey
