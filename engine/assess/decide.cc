#include "engine/assess/decide.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "engine/policy/check.h"
#include "engine/signal/limit_span.h"

namespace latchkey {
namespace {

Scope ScopeOf(const Counter& counter) {
  auto by = [&](KeyKind kind) {
    return std::find(counter.by.begin(), counter.by.end(), kind) != counter.by.end();
  };
  if (by(KeyKind::kDevice)) return Scope::kDevice;
  if (by(KeyKind::kAccount)) return Scope::kAccountLane;
  if (by(KeyKind::kSource)) return Scope::kSource;
  if (by(KeyKind::kNetwork)) return Scope::kNetwork;
  return by(KeyKind::kAsn) ? Scope::kAsn : Scope::kTenant;
}

// A record keeps the crowd's counter where a series found no place of its own (shard.cc does the same).
const Series* Find(const Record& record, SeriesId id) {
  const Series* own = record.FindSeries(id);
  if (own != nullptr || record.series.size() < kSeriesMax) return own;
  return record.FindSeries({.signature = id.signature, .sub = SeriesId::kOverflowSub});
}

Action ActionOf(Consequence then) {
  switch (then) {
    case Consequence::kChallenge:
      return Action::kChallenge;
    case Consequence::kThrottle:
      return Action::kThrottle;
    case Consequence::kLockout:
      break;
  }
  return Action::kLockout;
}

// Of two refusals the one that decides: settled before provisional, then the stronger, then the longer.
bool Outranks(const LimitReport& a, const LimitReport& b, TimePoint now) {
  if (a.provisional != b.provisional) return !a.provisional;
  if (a.then != b.then) return a.then > b.then;
  const std::optional<TimePoint> a_ends = a.EndsAt(now);
  const std::optional<TimePoint> b_ends = b.EndsAt(now);
  if (a_ends.has_value() != b_ends.has_value()) return !a_ends.has_value();
  return a_ends > b_ends;
}

void SortByRank(std::vector<LimitReport>& refusals, TimePoint now) {
  std::stable_sort(refusals.begin(), refusals.end(),
                   [now](const LimitReport& a, const LimitReport& b) { return Outranks(a, b, now); });
}

bool OfStake(const LimitReport& report) { return report.of_stake; }

// A stake makes a challenge of what would be let in; what is refused anyway, it neither words nor lengthens.
void LeaveOutStakes(std::vector<LimitReport>& refusals) {
  if (!std::all_of(refusals.begin(), refusals.end(), OfStake)) std::erase_if(refusals, OfStake);
}

// A refusal at `now` lasts until none of its reasons refuses any more.
void EndAsReasonsSay(Verdict& verdict, TimePoint now) {
  TimePoint end = now;
  for (const LimitReport& reason : verdict.reasons) {
    if (reason.provisional && !verdict.reasons.front().provisional) continue;
    const std::optional<TimePoint> ends = reason.EndsAt(now);
    if (!ends) return;
    end = std::max(end, *ends);
  }
  verdict.until = end;
  verdict.retry_after = end - now;
}

void Refuse(Verdict& verdict, std::vector<LimitReport> refusals, const Facts& facts, TimePoint now) {
  LeaveOutStakes(refusals);
  SortByRank(refusals, now);
  const LimitReport& first = refusals.front();
  verdict.action = first.provisional ? Action::kThrottle : ActionOf(first.then);
  verdict.scope = first.scope;
  // Address evidence alone never closes a lane of an account (P10): it makes the stranger there wait.
  const bool of_address =
      first.scope == Scope::kSource || first.scope == Scope::kNetwork || first.scope == Scope::kAsn;
  if (of_address && verdict.action == Action::kLockout) verdict.action = Action::kThrottle;
  if (verdict.action == Action::kChallenge && !facts.can_challenge) verdict.action = Action::kThrottle;
  verdict.reasons = std::move(refusals);
  EndAsReasonsSay(verdict, now);
}

// A stake's challenge is asked for at once, even if some of the count may still be given back: to wait for
// that would be a throttle.
constexpr Duration kAllStands = -kWindowMax;

// A limit of a lane, and what it says of its counter.
struct MetLimit {
  const PlannedStep& planned;
  const AppliedLimit& applied;
  const Limit& limit;
  LimitState state;
  // What it was asked with.
  std::span<const Entry> entries;
  bool distinct = false;
  int64_t weight = 1;
  TimePoint at;
  Duration token_life{0};
};

// Calls visit(met) for every limit of the lane while it answers true.
template <typename Visit>
void EachLimit(const PlannedLane& lane, uint16_t slot, const ShardRecords& records, Duration token_life,
               TimePoint now, Visit visit) {
  if (!lane.limited) return;
  for (const PlannedStep& planned : lane.steps) {
    const SeriesId id{.signature = planned.counter->signature,
                      .sub = planned.sub_is_slot ? slot : planned.sub};
    const KeptRecord& record = planned.counter->shard == Shard::kAccount ? records.account : records.network;
    const Series* series = planned.counter->shard == Shard::kNode ? nullptr : Find(*record, id);
    std::span<const Entry> entries = series == nullptr ? std::span<const Entry>() : series->entries;
    TimePoint at = now;
    if (planned.counter->shard == Shard::kNode) {
      entries = planned.node_entries;
      at = planned.node_time;
    }
    const int64_t weight = id.distinct() ? 1 : planned.weight;
    const auto met = [&](const AppliedLimit& applied, const Limit& limit) {
      const Duration life = applied.of_stake() ? kAllStands : token_life;
      return visit(MetLimit{.planned = planned,
                            .applied = applied,
                            .limit = limit,
                            .state = EvaluateLimit(limit, entries, id.distinct(), weight, at, life),
                            .entries = entries,
                            .distinct = id.distinct(),
                            .weight = weight,
                            .at = at,
                            .token_life = life});
    };
    for (const AppliedLimit& applied : planned.step->limits) {
      const bool go_on =
          lane.share < 1 ? met(applied, SharedLimit(lane, applied.limit)) : met(applied, applied.limit);
      if (!go_on) return;
    }
  }
}

// Whether a limit of the lane is shadowed.
bool Shadowed(const PlannedLane& lane) {
  return lane.limited && std::any_of(lane.steps.begin(), lane.steps.end(),
                                     [](const PlannedStep& planned) { return planned.step->shadowed; });
}

// What stands in an answer about a limit.
LimitReport ReportOf(const Policy& policy, Lane lane, const MetLimit& met) {
  return {.rule = policy.RuleName(lane, met.applied),
          .limit_index = met.applied.limit_index,
          .counter = met.planned.counter->text,
          .count = met.state.count,
          .above = met.limit.above,
          .window = met.applied.limit.window,
          .then = met.applied.limit.then,
          .scope = ScopeOf(*met.planned.counter),
          .refuses = met.state.refuses,
          .provisional = met.state.provisional,
          .shadow = met.applied.shadow,
          .of_stake = met.applied.of_stake(),
          .until = met.state.until};
}

// The limits of a lane that refuse, as reasons; words are made for these alone.
std::vector<LimitReport> RefusalsOf(const Policy& policy, const PlannedLane& lane, uint16_t slot,
                                    const ShardRecords& records, Duration token_life, TimePoint now,
                                    bool with_shadow) {
  std::vector<LimitReport> refusals;
  EachLimit(lane, slot, records, token_life, now, [&](const MetLimit& met) {
    if (!met.state.refuses || (met.applied.shadow && !with_shadow)) return true;
    LimitReport& reason = refusals.emplace_back(ReportOf(policy, lane.lane, met));
    reason.soon = EndsSoon(met.state, met.at);
    if (reason.soon) reason.until.reset();
    return true;
  });
  return refusals;
}

bool HasRoom(const PlannedLane& lane, uint16_t slot, const ShardRecords& records, Duration token_life,
             TimePoint now) {
  bool room = true;
  EachLimit(lane, slot, records, token_life, now, [&](const MetLimit& met) {
    room = met.applied.shadow || !met.state.refuses;
    return room;
  });
  return room;
}

// From `now` until then, all limits of the lane say the same, if nothing is counted.
TimePoint SaysUntil(const PlannedLane& lane, uint16_t slot, const ShardRecords& records, Duration token_life,
                    TimePoint now) {
  TimePoint until = TimePoint::max();
  EachLimit(lane, slot, records, token_life, now, [&](const MetLimit& met) {
    // The node's own counters are as they were when the plan was made.
    if (met.planned.counter->shard != Shard::kNode) {
      until = std::min(until, latchkey::SaysUntil(met.limit, met.entries, met.distinct, met.weight, met.state,
                                                  now, met.token_life));
    }
    return true;
  });
  return until;
}

// The stronger lanes whose proof holds and that some limit refuses.
std::vector<LaneFall> FallsOf(const Policy& policy, const Plan& plan, const ChargeRequest& request,
                              const ShardRecords& records, size_t decided, TimePoint now) {
  std::vector<LaneFall> falls;
  for (size_t i = 0; i < decided; ++i) {
    const ProofState proof = CheckProof(request.lanes[i], records.account, now);
    if (!proof.holds) continue;
    std::vector<LimitReport> refusals = RefusalsOf(policy, plan.lanes[i], proof.slot, records,
                                                   request.token_life, now, /*with_shadow=*/false);
    if (refusals.empty()) continue;
    SortByRank(refusals, now);
    LimitReport& reason = refusals.front();
    reason.until = reason.EndsAt(now);
    reason.soon = false;
    falls.push_back({.lane = plan.lanes[i].lane, .reason = std::move(reason)});
  }
  return falls;
}

// The verdict on an attempt that these limits of its last lane refuse.
Verdict RefusedBy(std::vector<LimitReport> refusals, const Policy& policy, const Facts& facts,
                  const Plan& plan, const ChargeRequest& request, const ChargeResult& result, TimePoint now) {
  const PlannedLane& own = plan.lanes.back();
  const ShardRecords& records = result.records;
  const Duration life = request.token_life;
  Verdict verdict;
  verdict.lane = own.lane;
  verdict.falls = FallsOf(policy, plan, request, records, plan.lanes.size() - 1, now);
  LeaveOutStakes(refusals);
  // That something is at stake is no sign of an attack.
  verdict.advise_notify_owner = !refusals.front().provisional && !refusals.front().of_stake;
  Refuse(verdict, std::move(refusals), facts, now);
  if (Shadowed(own)) {
    Verdict would;
    std::vector<LimitReport> all =
        RefusalsOf(policy, own, result.sub, records, life, now, /*with_shadow=*/true);
    would.action = verdict.action;
    if (!all.empty()) Refuse(would, std::move(all), facts, now);
    verdict.shadow_action = would.action;
  }
  verdict.offer_challenge = facts.can_challenge && HasRoom(plan.challenged, 0, records, life, now);
  verdict.way_up = verdict.offer_challenge ? Lane::kChallenged : Lane::kRecovered;
  return verdict;
}

// Whether a stake alone refuses in this lane, and asks for a challenge that cannot be passed.
bool InVain(const PlannedLane& own, const Plan& plan, const std::vector<LimitReport>& refusals,
            const ShardRecords& records, Duration token_life, TimePoint now) {
  return own.at_stake && std::all_of(refusals.begin(), refusals.end(), OfStake) &&
         !HasRoom(plan.challenged, 0, records, token_life, now);
}

}  // namespace

LaneReport ReportLane(const Policy& policy, const Facts&, const PlannedLane& lane, uint16_t slot,
                      const ShardRecords& records, Duration token_life) {
  LaneReport report{.lane = lane.lane, .proved = true};
  EachLimit(lane, slot, records, token_life, records.now, [&](const MetLimit& met) {
    report.limits.push_back(ReportOf(policy, lane.lane, met));
    report.spent = report.spent || (met.state.refuses && !met.applied.shadow);
    return true;
  });
  return report;
}

std::vector<LaneReport> ReportLanes(const Policy& policy, const Facts& facts, const Plan& plan,
                                    const ChargeRequest& request, const ChargeResult& result) {
  std::vector<LaneReport> reports;
  for (size_t i = 0; i < plan.lanes.size(); ++i) {
    const ProofState proof = CheckProof(request.lanes[i], result.records.account, result.records.now);
    LaneReport report =
        ReportLane(policy, facts, plan.lanes[i], proof.slot, result.records, request.token_life);
    report.proved = proof.holds;
    reports.push_back(std::move(report));
  }
  return reports;
}

Verdict Decide(const Policy& policy, const Facts& facts, const Plan& plan, const ChargeRequest& request,
               const ChargeResult& result) {
  Verdict verdict;
  const ShardRecords& records = result.records;
  const Duration life = request.token_life;
  if (result.admitted < 0) {
    std::vector<LimitReport> refusals =
        RefusalsOf(policy, plan.lanes.back(), result.sub, records, life, records.now, /*with_shadow=*/false);
    if (refusals.empty()) {
      // The store and we read the same counts by the same rules; should they ever differ, it has the last
      // word.
      refusals.push_back({.rule = absl::StrCat("lanes.", ToAbsl(LaneName(plan.lanes.back().lane))),
                          .counter = "counts of the store",
                          .then = Consequence::kThrottle,
                          .refuses = true,
                          .provisional = true,
                          .soon = true,
                          .until = {}});
    }
    return RefusedBy(std::move(refusals), policy, facts, plan, request, result, records.now);
  }
  const PlannedLane& own = plan.lanes[static_cast<size_t>(result.admitted)];
  verdict.lane = own.lane;
  if (!result.brief || result.brief->fell)
    verdict.falls =
        FallsOf(policy, plan, request, records, static_cast<size_t>(result.admitted), records.now);
  const auto spent = [&] {
    return result.brief ? result.brief->spent : !HasRoom(own, result.sub, records, life, records.now);
  };
  verdict.advise_second_factor =
      verdict.lane == Lane::kChallenged || (verdict.lane == Lane::kStranger && spent());
  // Most answers are these, and need no words.
  if (!Shadowed(own)) return verdict;
  // The attempt's own charge is in the counts: a shadowed limit would have refused it when it is exceeded.
  Verdict would;
  std::vector<LimitReport> refusals =
      RefusalsOf(policy, own, result.sub, records, life, records.now, /*with_shadow=*/true);
  std::erase_if(refusals, [](const LimitReport& l) { return !l.shadow || l.count <= l.above; });
  if (!refusals.empty()) Refuse(would, std::move(refusals), facts, records.now);
  verdict.shadow_action = would.action;
  return verdict;
}

bool AsksInVain(const Policy& policy, const Plan& plan, const ChargeRequest& request,
                const ChargeResult& result) {
  if (result.admitted >= 0 || !plan.lanes.back().at_stake) return false;
  const std::vector<LimitReport> refusals =
      RefusalsOf(policy, plan.lanes.back(), result.sub, result.records, request.token_life,
                 result.records.now, /*with_shadow=*/false);
  return InVain(plan.lanes.back(), plan, refusals, result.records, request.token_life, result.records.now);
}

Verdict LastingVerdict::At(TimePoint now) const {
  Verdict then = verdict;
  if (then.until) EndAsReasonsSay(then, now);
  return then;
}

std::optional<LastingVerdict> DecideAgain(const Policy& policy, const Facts& facts, const Plan& plan,
                                          const ChargeRequest& request, const ChargeResult& result,
                                          TimePoint now) {
  const ShardRecords& records = result.records;
  const Duration life = request.token_life;
  const PlannedLane& own = plan.lanes.back();
  std::vector<LimitReport> refusals =
      RefusalsOf(policy, own, result.sub, records, life, now, /*with_shadow=*/false);
  if (refusals.empty() || InVain(own, plan, refusals, records, life, now)) return std::nullopt;
  LastingVerdict lasting{.verdict = RefusedBy(std::move(refusals), policy, facts, plan, request, result, now),
                         .from = now,
                         .until = std::min(SaysUntil(own, result.sub, records, life, now),
                                           SaysUntil(plan.challenged, 0, records, life, now))};
  // What stronger lanes say is in it too, unless there is no proof for them. A source that is not familiar
  // now does not come to be so with time.
  for (size_t i = 0; i + 1 < plan.lanes.size(); ++i) {
    const LaneAsk& ask = request.lanes[i];
    if (ask.lane != Lane::kFamiliar || CheckProof(ask, records.account, now).holds)
      lasting.until = now + Duration(1);
  }
  return lasting;
}

Verdict DecideBlind(Lane lane, OnStoreLoss on_loss, bool can_challenge, TimePoint now) {
  Verdict verdict{.lane = lane};
  verdict.action = on_loss == OnStoreLoss::kAllow                        ? Action::kAllow
                   : on_loss == OnStoreLoss::kChallenge && can_challenge ? Action::kChallenge
                                                                         : Action::kThrottle;
  if (verdict.action == Action::kAllow) return verdict;
  verdict.reasons = std::vector<LimitReport>{
      {.rule = absl::StrCat("lanes.", std::string(LaneName(lane)), ".on_store_loss"),
       .counter = "counts of the lost store",
       .then = verdict.action == Action::kChallenge ? Consequence::kChallenge : Consequence::kThrottle,
       .refuses = true,
       .provisional = true,
       .soon = true,
       .until = {}}};
  EndAsReasonsSay(verdict, now);
  verdict.offer_challenge = verdict.action == Action::kChallenge;
  verdict.way_up = verdict.offer_challenge ? Lane::kChallenged : Lane::kRecovered;
  return verdict;
}

}  // namespace latchkey
