#include "engine/assess/token_of.h"

namespace latchkey {
namespace {

// The counters that the settlement of an attempt has to touch.
void AddCounters(const PlannedLane& lane, uint16_t slot, bool only_clears,
                 std::vector<TokenCounter>& counters) {
  using Effect = TokenCounter::Effect;
  counters.reserve(counters.size() + lane.steps.size());
  for (const PlannedStep& step : lane.steps) {
    const Counter& counter = *step.counter;
    if (counter.shard == Shard::kNode || !step.step->charged) continue;
    unsigned effects = 0;
    if (!only_clears && counter.given_back_on_success()) effects |= static_cast<unsigned>(Effect::kGiveBack);
    if (!only_clears && !counter.charged_on_admission()) effects |= static_cast<unsigned>(Effect::kAdd);
    if (counter.cleared_by_success && (!only_clears || step.sub_is_slot))
      effects |= static_cast<unsigned>(Effect::kClear);
    if (effects == 0) continue;
    counters.push_back({.signature = counter.signature,
                        .sub = step.sub_is_slot ? slot : step.sub,
                        .weight = step.weight,
                        .member = step.member,
                        .effects = static_cast<uint8_t>(effects),
                        .of_network = counter.shard == Shard::kSource});
  }
}

uint64_t ProofId(const LaneAsk& ask) { return ask.lane <= Lane::kFamiliar ? ask.proof_id : 0; }

}  // namespace

void FillToken(const TokenInputs& inputs, const Decision& decision, AttemptToken& token) {
  token.account = inputs.keys.account;
  token.network = inputs.keys.network;
  token.source = inputs.keys.source;
  token.charged_at = decision.at;
  token.lane = decision.verdict.lane;
  token.factor = inputs.facts.factor;
  token.counted = inputs.result != nullptr;
  token.degraded = decision.degraded;
  token.tag = inputs.facts.account_tag;
  token.decision = decision.id;
  token.sub = 0;
  token.reservation = 0;
  token.proof = 0;
  token.counters.clear();
  token.shadow_charge.clear();
  if (inputs.result == nullptr) return;
  const ChargeResult& result = *inputs.result;
  const auto& lanes = inputs.plan.lanes;
  const size_t admitted = result.admitted >= 0 ? static_cast<size_t>(result.admitted) : lanes.size() - 1;
  token.sub = result.sub;
  token.reservation = result.reservation_id;
  token.proof = ProofId(inputs.request->lanes[admitted]);
  if (result.brief) {
    token.charged_at = result.brief->charged_at;
  } else {
    for (const Reservation& r : result.records.account->reservations) {
      if (r.id == result.reservation_id) token.charged_at = r.at;
    }
  }
  AddCounters(lanes[admitted], result.sub, /*only_clears=*/false, token.counters);
  // A device or recovery that was spent is paid off by a login that succeeds with it in hand.
  const bool fell = !result.brief || result.brief->fell;
  for (size_t i = 0; fell && i < admitted; ++i) {
    const LaneAsk& ask = inputs.request->lanes[i];
    if (ask.lane > Lane::kRecovered || result.records.account->FindSlot(ask.lane, ask.proof_id) == nullptr)
      continue;
    const ProofState proof = CheckProof(ask, result.records.account, result.records.now);
    if (proof.holds) AddCounters(lanes[i], proof.slot, /*only_clears=*/true, token.counters);
  }
}

}  // namespace latchkey
