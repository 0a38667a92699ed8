#include "engine/assess/charges.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/attempt/token_skew.h"

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

constexpr size_t kStepBits = 64;

bool NodeRefuses(const PlannedStep& planned, Duration token_life) {
  return std::any_of(
      planned.step->limits.begin(), planned.step->limits.end(), [&](const AppliedLimit& limit) {
        return !limit.shadow && EvaluateLimit(limit.limit, planned.node_entries, planned.counter->distinct(),
                                              planned.weight, planned.node_time, token_life)
                                    .refuses;
      });
}

void PlanInto(const Policy& policy, const Facts& facts, const Proofs& proofs, PlannedLane& planned) {
  uint64_t bit = 1;
  planned.at_stake = facts.at_stake && planned.lane == Lane::kStranger;
  for (const Step& step : planned.at_stake ? policy.program_at_stake() : policy.program(planned.lane)) {
    const uint64_t own_bit = std::exchange(bit, bit << 1U);
    const Counter& counter = policy.counters()[static_cast<size_t>(step.counter)];
    if (!Concerns(counter.when, facts) || (counter.by_asn && facts.asn == 0)) continue;
    const std::optional<uint64_t> member = MemberOf(counter, facts);
    if (!member) continue;
    planned.step_bits |= own_bit;
    PlannedStep& resolved = planned.steps.emplace_back();
    resolved.step = &step;
    resolved.counter = &counter;
    resolved.weight = WeightOf(counter.weights, facts);
    resolved.member = *member;
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
        if (planned.lane == Lane::kDevice && proofs.device) hash ^= proofs.device->id;
        resolved.sub = TablePlace(planned.lane, hash);
        break;
      }
    }
  }
}

// The next counter of a list that is filled anew in the memory that it has.
CounterAsk& NextOf(std::vector<CounterAsk>& asks, size_t& used) {
  if (used == asks.size()) asks.emplace_back();
  return asks[used++];
}

}  // namespace

Facts FactsOf(const Attempt& attempt, const AttemptKeys& keys) {
  const AttemptView& fields = attempt.fields();
  return {.account = keys.account,
          .network = keys.network,
          .source = keys.source,
          .source_place = attempt.source().place(),
          .tenant = keys.tenant,
          .asn = fields.asn,
          .path = std::string(fields.path),
          .group = std::string(fields.group),
          .factor = fields.factor,
          .popular_password = fields.popular_password,
          .can_challenge = !fields.challenge_kinds.empty(),
          .account_tag = fields.account_tag,
          .tenant_tag = fields.tenant_tag};
}

PlannedLane PlanLane(const Policy& policy, const Facts& facts, const Proofs& proofs, Lane lane) {
  PlannedLane planned;
  planned.lane = lane;
  PlanInto(policy, facts, proofs, planned);
  return planned;
}

void PlanLanes(const Policy& policy, const Facts& facts, const Proofs& proofs, Plan& plan) {
  plan.lanes.clear();
  plan.challenged.steps.clear();  // of another attempt, perhaps of a policy that is gone
  auto add = [&](Lane lane) {
    PlannedLane& planned = plan.lanes.emplace_back();
    planned.lane = lane;
    PlanInto(policy, facts, proofs, planned);
  };
  if (proofs.device) add(Lane::kDevice);
  if (proofs.recovery) add(Lane::kRecovered);
  add(Lane::kFamiliar);
  if (proofs.challenge) add(Lane::kChallenged);
  add(Lane::kStranger);
}

Plan PlanCharges(const Policy& policy, const Facts& facts, const Proofs& proofs) {
  Plan plan;
  PlanLanes(policy, facts, proofs, plan);
  plan.challenged = PlanLane(policy, facts, proofs, Lane::kChallenged);
  return plan;
}

void ForgetStake(const Policy& policy, PlannedLane& lane) {
  if (!std::exchange(lane.at_stake, false)) return;
  const Step* const first = policy.program_at_stake().data();
  for (PlannedStep& planned : lane.steps)
    planned.step = &policy.program(lane.lane)[static_cast<size_t>(planned.step - first)];
}

bool CountsOnNode(const Policy& policy, const Plan& plan) {
  if (!policy.counts_on_node()) return false;
  const auto counts = [](const PlannedLane& lane) {
    return std::any_of(lane.steps.begin(), lane.steps.end(),
                       [](const PlannedStep& step) { return step.counter->shard == Shard::kNode; });
  };
  return counts(plan.challenged) || std::any_of(plan.lanes.begin(), plan.lanes.end(), counts);
}

Limit SharedLimit(const PlannedLane& lane, const Limit& limit) {
  Limit shared = limit;
  shared.above = static_cast<int64_t>(std::floor(static_cast<double>(limit.above) * lane.share));
  return shared;
}

LaneAsk AskOf(const Policy& policy, const PlannedLane& lane, const Facts& facts, const Proofs& proofs,
              Duration token_life) {
  LaneAsk ask;
  AskForm form;
  AskInto(policy, lane, facts, proofs, token_life, ask, form);
  return ask;
}

void AskInto(const Policy& policy, const PlannedLane& lane, const Facts& facts, const Proofs& proofs,
             Duration token_life, LaneAsk& ask, AskForm& form) {
  ask.lane = lane.lane;
  ask.proof_id = 0;
  ask.proof_epoch = 0;
  ask.fresh_for = Duration::zero();
  ask.spent_for = Duration::zero();
  ask.closed = false;
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
      // It may have been issued by a clock that is ahead, and come again to one that is behind.
      ask.spent_for = policy.spec().challenged.valid + 2 * kTokenSkewMax;
      break;
    case Lane::kStranger:
      break;
  }
  ask.slots_max = policy.slots_max(lane.lane);
  const bool usual = lane.limited && lane.share == 1 && !policy.counts_on_node() &&
                     policy.program(lane.lane).size() <= kStepBits;
  const AskForm own{
      .policy = policy.serial(), .step_bits = lane.step_bits, .lane = lane.lane, .at_stake = lane.at_stake};
  const bool filled = usual && form == own;
  form = usual ? own : AskForm();
  size_t of_account = 0;
  size_t of_network = 0;
  for (const PlannedStep& planned : lane.steps) {
    if (planned.counter->shard == Shard::kNode) {
      if (!NodeRefuses(planned, token_life)) continue;
      NextOf(ask.account, of_account) = {.limits = {Limit{.above = 0, .then = Consequence::kChallenge}},
                                         .windows = {}};
      continue;
    }
    CounterAsk& counter = planned.counter->shard == Shard::kAccount ? NextOf(ask.account, of_account)
                                                                    : NextOf(ask.network, of_network);
    if (!filled) counter = planned.step->ask;
    counter.sub = planned.sub;
    counter.weight = planned.weight;
    counter.member = planned.member;
    if (!lane.limited) counter.limits.clear();
    if (lane.share < 1) {
      for (Limit& limit : counter.limits) limit = SharedLimit(lane, limit);
    }
  }
  ask.account.resize(of_account);
  ask.network.resize(of_network);
}

}  // namespace latchkey
