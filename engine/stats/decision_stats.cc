#include "engine/stats/decision_stats.h"

#include <algorithm>
#include <utility>

namespace latchkey {

// What the lists need of one decision or failure; of fixed size.
struct DecisionStats::Note {
  uint64_t decision_id = 0;  // 0: a reported failure
  Key account;
  Key network;
  uint64_t source = 0;
  TimePoint at;
  TimePoint until;
  uint32_t asn = 0;
  NameTable::Id rule = NameTable::kOther;
  Action action = Action::kAllow;
  Action shadow = Action::kAllow;
  Lane lane = Lane::kStranger;
  Scope scope = Scope::kAccountLane;
  bool has_rule = false;
  bool has_until = false;
  bool has_shadow = false;
  bool degraded = false;
  bool provisional = false;

  [[nodiscard]] bool IsFailure() const { return decision_id == 0; }
  [[nodiscard]] bool IsHit() const { return IsFailure() || action != Action::kAllow; }
};

struct alignas(64) DecisionStats::Part {
  Part(const Limits& limits, NameTable& rules, NameTable& tenants, NameTable& paths)
      : rule_ids(rules), tenant_ids(tenants), path_ids(paths) {
    counts.rules.resize(limits.rules_max + 1);
    counts.tenants.resize(limits.tenants_max + 1);
    counts.paths.resize(limits.paths_max + 1);
  }

  // Where the next note goes; null when the notebook is full. What nobody needs leaves half of it to hits.
  Note* Room(bool hit, size_t notes_max) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (notes.capacity() == 0) notes.reserve(notes_max);
    if (notes.size() >= (hit ? notes_max : notes_max / 2)) {
      ++(hit ? missed_hits : missed);
      return nullptr;
    }
    return &notes.emplace_back();
  }

  Mutex mutex;
  Counts counts ABSL_GUARDED_BY(mutex);
  NameCache rule_ids ABSL_GUARDED_BY(mutex);
  NameCache tenant_ids ABSL_GUARDED_BY(mutex);
  NameCache path_ids ABSL_GUARDED_BY(mutex);
  std::vector<Note> notes ABSL_GUARDED_BY(mutex);
  std::vector<DecisionNames> names ABSL_GUARDED_BY(mutex);  // of each note, where names are kept
  int64_t missed_hits ABSL_GUARDED_BY(mutex) = 0;
  int64_t missed ABSL_GUARDED_BY(mutex) = 0;
  uint64_t lost = 0;  // since its last decision that was collected; of who collects
};

DecisionStats::DecisionStats(Limits limits)
    : limits_(limits),
      rules_(limits.rules_max),
      tenants_(limits.tenants_max),
      paths_(limits.paths_max),
      tops_{TopHits(limits.top_max), TopHits(limits.top_max), TopHits(limits.top_max),
            TopHits(limits.top_max)},
      refusals_(limits.refusals_max),
      latest_(limits.latest_max),
      wakers_(limits.watchers_max) {
  for (auto& part : parts_) part = std::make_unique<Part>(limits, rules_, tenants_, paths_);
}

DecisionStats::~DecisionStats() = default;

void DecisionStats::AddDecision(const DecisionSeen& seen, const DecisionNames* names) {
  const auto action = static_cast<size_t>(seen.action);
  const int64_t refused = seen.action == Action::kAllow ? 0 : 1;
  Part& part = MyPart();
  const MutexLock lock(part.mutex);
  Counts& counts = part.counts;
  ++counts.decisions[action][static_cast<size_t>(seen.lane)];
  counts.proven_refused[static_cast<size_t>(seen.proved)] += refused;
  if (seen.degraded) ++counts.degraded;
  if (seen.shadow) ++counts.shadow[action][static_cast<size_t>(*seen.shadow)];
  if (seen.shadow_rules) ++counts.shadow_rules[static_cast<size_t>(*seen.shadow_rules)];
  Counts::Share& tenant = counts.tenants[part.tenant_ids.IdOf(seen.tenant)];
  ++tenant.decisions;
  tenant.refused += refused;
  Counts::Share& path = counts.paths[part.path_ids.IdOf(seen.path)];
  ++path.decisions;
  path.refused += refused;
  NameTable::Id rule = NameTable::kOther;
  if (!seen.rule.empty()) {
    rule = part.rule_ids.IdOf(seen.rule);
    ++counts.rules[rule];
  }

  Note* note = part.Room(refused != 0, limits_.notes_max);
  if (note == nullptr) return;
  note->decision_id = seen.decision_id;
  note->account = seen.account;
  note->network = seen.network;
  note->source = seen.source;
  note->at = seen.at;
  if (seen.until) note->until = *seen.until;
  if (seen.shadow) note->shadow = *seen.shadow;
  note->asn = seen.asn;
  note->rule = rule;
  note->action = seen.action;
  note->lane = seen.lane;
  note->scope = seen.scope;
  note->has_rule = !seen.rule.empty();
  note->has_until = seen.until.has_value();
  note->has_shadow = seen.shadow.has_value();
  note->degraded = seen.degraded;
  note->provisional = seen.provisional;
  if (limits_.keep_names) part.names.push_back(names == nullptr ? DecisionNames{} : *names);
}

void DecisionStats::AddOutcome(Outcome outcome, const Key& account, const Key& network, uint64_t source) {
  Part& part = MyPart();
  const MutexLock lock(part.mutex);
  ++part.counts.outcomes[static_cast<size_t>(outcome)];
  const bool failure = outcome == Outcome::kWrong || outcome == Outcome::kUnknownAccount ||
                       outcome == Outcome::kWrongSecondFactor;
  if (!failure) return;
  Note* note = part.Room(/*hit=*/true, limits_.notes_max);
  if (note == nullptr) return;
  *note = {.account = account, .network = network, .source = source};
  if (limits_.keep_names) part.names.emplace_back();
}

void DecisionStats::Collect(TimePoint now) {
  std::vector<DecisionEvent> events;
  {
    const MutexLock lock(mutex_);
    Counts fresh;
    std::vector<DecisionNames> names;
    for (const auto& part : parts_) {
      taken_.clear();
      names.clear();
      int64_t missed_hits = 0;
      int64_t missed = 0;
      {
        const MutexLock part_lock(part->mutex);
        fresh.Add(part->counts);
        part->counts.Clear();
        taken_.swap(part->notes);
        names.swap(part->names);
        missed_hits = std::exchange(part->missed_hits, 0);
        missed = std::exchange(part->missed, 0);
      }
      notes_missed_ += missed_hits + missed;
      if (missed_hits > 0) {
        for (TopHits& top : tops_) top.AddMissed(missed_hits, now);
      }
      for (size_t i = 0; i < taken_.size(); ++i) Take(taken_[i], i < names.size() ? &names[i] : nullptr, now);
      const size_t before = events.size();
      for (const Note& note : taken_) {
        if (!note.IsFailure()) events.push_back(EventOf(note));
      }
      // What a full notebook did not take came after what it took, so before what is taken next.
      if (before < events.size()) events[before].lost_before = std::exchange(part->lost, 0);
      part->lost += static_cast<uint64_t>(missed_hits + missed);
    }
    TakeLatency(fresh);
    own_.Add(fresh);
    buckets_.Add(fresh, now);
    std::stable_sort(events.begin(), events.end(),
                     [](const DecisionEvent& a, const DecisionEvent& b) { return a.at < b.at; });
    for (DecisionEvent& event : events) latest_.Append(std::move(event));
  }
  if (!events.empty()) wakers_.Wake();
}

void DecisionStats::Take(const Note& note, const DecisionNames* names, TimePoint now) {
  const Key source = SourcePseudonym(note.network, note.source);
  if (note.IsFailure()) {
    Of(TopKind::kAccount).AddFailure(note.account, now);
    Of(TopKind::kSource).AddFailure(source, now);
    Of(TopKind::kNetwork).AddFailure(note.network, now);
    return;
  }
  const bool refused = note.IsHit();
  const auto name = [names](std::string DecisionNames::*field) {
    return names == nullptr ? std::string_view() : std::string_view(names->*field);
  };
  Of(TopKind::kAccount).AddAttempt(note.account, name(&DecisionNames::account), refused, now);
  Of(TopKind::kSource).AddAttempt(source, name(&DecisionNames::source), refused, now);
  Of(TopKind::kNetwork).AddAttempt(note.network, name(&DecisionNames::network), refused, now);
  if (note.asn != 0) Of(TopKind::kAsn).AddAttempt(AsnKey(note.asn), "", refused, now);
  if (refused && !note.provisional) TakeRefusal(note, names, now);
}

DecisionEvent DecisionStats::EventOf(const Note& note) const {
  DecisionEvent event{.decision_id = note.decision_id,
                      .at = note.at,
                      .action = note.action,
                      .lane = note.lane,
                      .rule = note.has_rule ? rules_.NameOf(note.rule) : std::string(),
                      .account = note.account,
                      .source = SourcePseudonym(note.network, note.source),
                      .degraded = note.degraded};
  if (note.has_shadow) event.shadow = note.shadow;
  return event;
}

void DecisionStats::TakeRefusal(const Note& note, const DecisionNames* names, TimePoint now) {
  ActiveRefusal refusal{.scope = note.scope,
                        .lane = note.lane,
                        .rule = note.has_rule ? rules_.NameOf(note.rule) : std::string(),
                        .action = note.action,
                        .seen = note.at,
                        .refused = 1};
  if (note.has_until) refusal.until = note.until;
  switch (note.scope) {
    case Scope::kSource:
      refusal.subject = SourcePseudonym(note.network, note.source);
      if (names != nullptr) refusal.name = names->source;
      break;
    case Scope::kNetwork:
      refusal.subject = note.network;
      if (names != nullptr) refusal.name = names->network;
      break;
    case Scope::kAsn:
      refusal.subject = AsnKey(note.asn);
      break;
    case Scope::kTenant:
      break;  // all of it
    case Scope::kAccountLane:
    case Scope::kDevice:
      refusal.subject = note.account;
      if (names != nullptr) refusal.name = names->account;
      break;
  }
  refusals_.Add(std::move(refusal), now);
}

void DecisionStats::TakeLatency(Counts& counts) {
  const auto totals = latency_.Read();
  const std::array<LatencyCounts*, 2> to = {&counts.decision_time, &counts.store_time};
  const std::array<TimedOp, 2> ops = {TimedOp::kDecision, TimedOp::kCharge};
  for (size_t i = 0; i < to.size(); ++i) {
    const LatencyBoard::Totals& total = totals[static_cast<size_t>(ops[i])];
    for (size_t bucket = 0; bucket < LatencyBuckets::kCount; ++bucket)
      (*to[i])[bucket] = static_cast<uint32_t>(total.counts[bucket] - latency_seen_[i].counts[bucket]);
    latency_seen_[i] = total;
  }
}

void DecisionStats::AddForeign(const Counts& counts, TimePoint now) {
  const MutexLock lock(mutex_);
  buckets_.Add(counts, now);
}

Counts DecisionStats::Sum(TimeBuckets::Resolution resolution, TimePoint from, TimePoint to) const {
  const MutexLock lock(mutex_);
  return buckets_.Sum(resolution, from, to);
}

std::vector<Counts> DecisionStats::Series(TimeBuckets::Resolution resolution, TimePoint from, TimePoint to,
                                          Duration step) const {
  const MutexLock lock(mutex_);
  return buckets_.Series(resolution, from, to, step);
}

Counts DecisionStats::Own() const {
  const MutexLock lock(mutex_);
  return own_;
}

TopList DecisionStats::Top(TopKind kind, TimePoint now) {
  const MutexLock lock(mutex_);
  return Of(kind).List(now);
}

std::vector<ActiveRefusal> DecisionStats::Refusals(TimePoint now) {
  const MutexLock lock(mutex_);
  return refusals_.List(now);
}

int64_t DecisionStats::RefusalsLeftOut() const {
  const MutexLock lock(mutex_);
  return refusals_.left_out();
}

int64_t DecisionStats::NotesMissed() const {
  const MutexLock lock(mutex_);
  return notes_missed_;
}

DecisionStats::Page DecisionStats::ReadAfter(uint64_t position, size_t count_max) const {
  const MutexLock lock(mutex_);
  return latest_.ReadAfter(position, count_max);
}

uint64_t DecisionStats::LastPosition() const {
  const MutexLock lock(mutex_);
  return latest_.last();
}

}  // namespace latchkey
