#include "engine/assess/charges.h"

#include <algorithm>
#include <cmath>

namespace latchkey {
namespace {

bool Concerns(const When& when, const Facts& facts) {
  const bool factor =
      when.factors.empty() ? facts.factor == Factor::kPassword : when.factors.contains(facts.factor);
  return factor && (when.paths.empty() || when.paths.contains(facts.path)) &&
         (when.groups.empty() || when.groups.contains(facts.group)) &&
         (!when.popular_password || facts.popular_password);
}

int64_t WeightOf(const Weights& weights, const Facts& facts) {
  int64_t weight = facts.popular_password ? weights.popular_password : 1;
  if (auto it = weights.paths.find(facts.path); it != weights.paths.end())
    weight = std::max(weight, it->second);
  return weight;
}

// The member that a distinct counter sees; nothing: the attempt has none, so it is not counted there.
std::optional<uint64_t> MemberOf(const Counter& counter, const Facts& facts) {
  switch (counter.count) {
    case CountKind::kDistinctAccounts:
      return facts.account.Short();
    case CountKind::kDistinctSources:
      return facts.source;
    case CountKind::kDistinctPasswordTags: {
      const auto& tag = counter.shard == Shard::kAccount ? facts.account_tag : facts.tenant_tag;
      return tag ? std::optional<uint64_t>(*tag) : std::nullopt;
    }
    default:
      return 0;
  }
}

// Where a pair's counter goes in its lane's table.
uint64_t PairHash(const Counter& counter, const Facts& facts) {
  uint64_t hash = 0;
  for (KeyKind kind : counter.by) {
    if (kind == KeyKind::kSource) hash ^= facts.source;
    if (kind == KeyKind::kNetwork) hash ^= facts.network.Short();
    if (kind == KeyKind::kAsn) hash ^= facts.asn * 0x9E3779B97F4A7C15ULL;
  }
  return hash ^ (hash >> 17U);
}

bool NodeRefuses(const PlannedStep& planned, Duration token_life) {
  return std::any_of(
      planned.step->limits.begin(), planned.step->limits.end(), [&](const AppliedLimit& limit) {
        return !limit.shadow && EvaluateLimit(limit.limit, planned.node_entries, planned.counter->distinct(),
                                              planned.weight, planned.node_time, token_life)
                                    .refuses;
      });
}

bool NeedsAsn(const Counter& counter) {
  return std::find(counter.by.begin(), counter.by.end(), KeyKind::kAsn) != counter.by.end();
}

}  // namespace

Facts FactsOf(const Attempt& attempt, const AttemptKeys& keys) {
  const AttemptFields& fields = attempt.fields();
  return {.account = keys.account,
          .network = keys.network,
          .source = keys.source,
          .source_place = attempt.source().place(),
          .tenant = keys.tenant,
          .asn = fields.asn,
          .path = fields.path,
          .group = fields.group,
          .factor = fields.factor,
          .popular_password = fields.popular_password,
          .can_challenge = !fields.challenge_kinds.empty(),
          .account_tag = fields.account_tag,
          .tenant_tag = fields.tenant_tag};
}

PlannedLane PlanLane(const Policy& policy, const Facts& facts, const Proofs& proofs, Lane lane) {
  PlannedLane planned{.lane = lane, .steps = {}};
  planned.steps.reserve(policy.program(lane).size());
  for (const Step& step : policy.program(lane)) {
    const Counter& counter = policy.counters()[static_cast<size_t>(step.counter)];
    if (!Concerns(counter.when, facts) || (NeedsAsn(counter) && facts.asn == 0)) continue;
    const std::optional<uint64_t> member = MemberOf(counter, facts);
    if (!member) continue;
    PlannedStep resolved{
        .step = &step, .counter = &counter, .weight = WeightOf(counter.weights, facts), .member = *member};
    switch (step.place) {
      case Place::kOnly:
        break;
      case Place::kSlot:
        resolved.sub_is_slot = true;
        break;
      case Place::kHost:
        resolved.sub = facts.source_place;
        break;
      case Place::kTable: {
        uint64_t hash = PairHash(counter, facts);
        if (lane == Lane::kDevice && proofs.device) hash ^= proofs.device->id;
        resolved.sub = TablePlace(lane, hash);
        break;
      }
    }
    planned.steps.push_back(resolved);
  }
  return planned;
}

Plan PlanCharges(const Policy& policy, const Facts& facts, const Proofs& proofs) {
  Plan plan;
  plan.lanes.reserve(kLaneCount);
  auto add = [&](Lane lane) { plan.lanes.push_back(PlanLane(policy, facts, proofs, lane)); };
  if (proofs.device) add(Lane::kDevice);
  if (proofs.recovery) add(Lane::kRecovered);
  add(Lane::kFamiliar);
  if (proofs.challenge) add(Lane::kChallenged);
  add(Lane::kStranger);
  plan.challenged = PlanLane(policy, facts, proofs, Lane::kChallenged);
  return plan;
}

Limit LimitOf(const PlannedLane& lane, const AppliedLimit& applied) {
  Limit limit = applied.limit;
  if (lane.share < 1)
    limit.above = static_cast<int64_t>(std::floor(static_cast<double>(limit.above) * lane.share));
  return limit;
}

LaneAsk AskOf(const Policy& policy, const PlannedLane& lane, const Facts& facts, const Proofs& proofs,
              Duration token_life) {
  LaneAsk ask{.lane = lane.lane};
  switch (lane.lane) {
    case Lane::kDevice:
      ask.proof_id = proofs.device->id;
      ask.proof_epoch = proofs.device->epoch;
      break;
    case Lane::kRecovered:
      ask.proof_id = proofs.recovery->id;
      ask.proof_epoch = proofs.recovery->epoch;
      ask.fresh_for = policy.spec().recovered.token_ttl;
      break;
    case Lane::kFamiliar:
      ask.proof_id = facts.source;
      ask.fresh_for = policy.spec().familiar.remember;
      break;
    case Lane::kChallenged:
      if (proofs.challenge) ask.proof_id = *proofs.challenge;
      ask.spent_for = policy.spec().challenged.valid;
      break;
    case Lane::kStranger:
      break;
  }
  ask.slots_max = policy.slots_max(lane.lane);
  const auto of_network = std::count_if(lane.steps.begin(), lane.steps.end(), [](const PlannedStep& step) {
    return step.counter->shard == Shard::kSource;
  });
  ask.network.reserve(static_cast<size_t>(of_network));
  ask.account.reserve(lane.steps.size() - ask.network.capacity());
  for (const PlannedStep& planned : lane.steps) {
    if (planned.counter->shard == Shard::kNode) {
      if (NodeRefuses(planned, token_life))
        ask.account.push_back({.limits = {Limit{.above = 0, .then = Consequence::kChallenge}}});
      continue;
    }
    CounterAsk counter{.signature = planned.counter->signature,
                       .sub_is_slot = planned.sub_is_slot,
                       .sub = planned.sub,
                       .charged = planned.step->charged && planned.counter->charged_on_admission(),
                       .weight = planned.weight,
                       .member = planned.member,
                       .windows = Windows(planned.counter->windows.begin(), planned.counter->windows.end()),
                       .horizon = planned.counter->horizon,
                       .members_max = planned.counter->members_max};
    for (const AppliedLimit& applied : planned.step->limits) {
      if (!applied.shadow && lane.limited) counter.limits.push_back(LimitOf(lane, applied));
    }
    (planned.counter->shard == Shard::kAccount ? ask.account : ask.network).push_back(std::move(counter));
  }
  return ask;
}

}  // namespace latchkey
