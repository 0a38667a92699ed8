#include "engine/store/shard_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {

std::string_view StoreIncidentName(StoreIncidentKind kind) {
  switch (kind) {
    case StoreIncidentKind::kWiped:
      return "wiped";
    case StoreIncidentKind::kRolledBack:
      return "rolled_back";
    case StoreIncidentKind::kFailedOver:
      return "failed_over";
    case StoreIncidentKind::kForeignEnvironment:
      return "foreign_environment";
  }
  return "";
}

std::vector<StoreIncident> ShardWatch::Take(std::vector<LookedAt> round, TimePoint now) {
  std::vector<StoreIncident> incidents;
  for (const LookedAt& seen : round) {
    if (std::optional<StoreIncident> incident = Take(seen, round, now))
      incidents.push_back(*std::move(incident));
  }
  last_round_ = std::move(round);
  return incidents;
}

std::optional<StoreIncident> ShardWatch::Take(const LookedAt& seen, const std::vector<LookedAt>& round,
                                              TimePoint now) {
  const ShardLook& look = seen.look;
  Known& known = shards_[seen.tag];
  std::optional<StoreIncident> incident;
  const auto report = [&](StoreIncidentKind kind, std::string text) {
    incident = {.kind = kind, .at = now, .whole = known.server, .shard = seen.shard, .text = std::move(text)};
  };
  const bool foreign = !look.environment.empty() && look.environment != environment_;
  if (foreign) {
    if (!known.foreign) {
      report(StoreIncidentKind::kForeignEnvironment,
             absl::StrCat("the store belongs to environment '", look.environment, "', this engine to '",
                          environment_,
                          "'; nothing is read from it or written to it. Give this engine the store "
                          "of its own environment, or its environment's name"));
    }
    known.foreign = true;
    return incident;
  }
  known.foreign = false;
  const bool first = known.id.empty();
  const bool other_primary = !look.primary.empty() && !known.primary.empty() && look.primary != known.primary;
  if (!first && (look.fresh || look.id != known.id)) {
    report(StoreIncidentKind::kWiped,
           "the store was wiped or came back empty; what this node remembers is being put back");
  } else if (!first && look.counter < known.counter) {
    report(StoreIncidentKind::kRolledBack,
           absl::StrCat("the store lost its latest writes (its counter went from ", known.counter,
                        " back to ", look.counter, "); what this node remembers is being put back"));
  } else if (!first && other_primary && !Moved(seen, known.primary, round)) {
    report(StoreIncidentKind::kFailedOver,
           "another primary answers than before; what it may not have received is being put back");
  }
  known.id = look.id;
  known.counter = look.raised;
  if (!look.primary.empty()) known.primary = look.primary;
  known.server = look.server;
  return incident;
}

// A primary that failed over serves nothing any more, and who takes its place served nothing before.
bool ShardWatch::Moved(const LookedAt& seen, const std::string& from,
                       const std::vector<LookedAt>& round) const {
  const auto serves_another = [&](const std::vector<LookedAt>& looks, const std::string& primary) {
    return std::any_of(looks.begin(), looks.end(), [&](const LookedAt& each) {
      return each.tag != seen.tag && each.look.primary == primary;
    });
  };
  return serves_another(round, from) || serves_another(last_round_, seen.look.primary);
}

bool ShardWatch::Ours(const std::string& tag) const {
  auto it = shards_.find(tag);
  return it != shards_.end() && !it->second.foreign && !it->second.id.empty();
}

bool ShardWatch::AnyForeign() const {
  return std::any_of(shards_.begin(), shards_.end(), [](const auto& each) { return each.second.foreign; });
}

void StoreIncidents::Add(StoreIncident incident) {
  const MutexLock lock(mutex_);
  incidents_.push_front(std::move(incident));
  if (incidents_.size() > kKept) incidents_.pop_back();
}

std::vector<StoreIncident> StoreIncidents::Latest() const {
  const MutexLock lock(mutex_);
  return {incidents_.begin(), incidents_.end()};
}

}  // namespace latchkey
