#include "engine/assess/assessor.h"

#include <algorithm>

#include "engine/attempt/tokens.h"

namespace latchkey {
namespace {

constexpr uint64_t kShortMask = 0xFFFF'FFFF'FFFFULL;

Decision DecisionOf(Verdict verdict, uint64_t id, TimePoint at, const Policy& policy, bool degraded) {
  Decision decision{.id = id, .verdict = std::move(verdict), .at = at};
  decision.policy_revision = policy.revision();
  decision.degraded = degraded;
  return decision;
}

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

// Whether a limit of it reads what this node alone has counted.
bool CountsOnNode(const Plan& plan) {
  const auto counts = [](const PlannedLane& lane) {
    return std::any_of(lane.steps.begin(), lane.steps.end(),
                       [](const PlannedStep& step) { return step.counter->shard == Shard::kNode; });
  };
  return counts(plan.challenged) || std::any_of(plan.lanes.begin(), plan.lanes.end(), counts);
}

uint64_t ProofId(const LaneAsk& ask) { return ask.lane <= Lane::kFamiliar ? ask.proof_id : 0; }

}  // namespace

struct Assessor::Pending {
  explicit Pending(Attempt a) : attempt(std::move(a)) {}

  Attempt attempt;
  Manner manner = Manner::kLive;
  TimePoint now;
  std::shared_ptr<const Policy> policy;
  AttemptKeys keys;
  Facts facts;
  Proofs proofs;
  Plan plan;
  std::shared_ptr<ChargeRequest> request;
  std::optional<Key> retry_key;
  Duration deadline{0};
  uint64_t refusals_stamp = 0;
  // One of the two.
  std::function<void(absl::StatusOr<Decision>)> decided;
  std::function<void(absl::StatusOr<Explanation>)> explained;

  void Fail(const absl::Status& status) const {
    if (explained) return explained(status);
    decided(status);
  }
  [[nodiscard]] ShardKeys shards() const { return {keys.account, keys.network}; }
};

Assessor::Assessor(AssessParts parts, AssessSettings settings)
    : parts_(std::move(parts)),
      settings_(settings),
      proofs_(parts_.sealer, parts_.revocations),
      journal_(settings.journal_capacity),
      refusals_(settings.refusals_kept) {}

void Assessor::Assess(Attempt attempt, Duration deadline,
                      std::function<void(absl::StatusOr<Decision>)> done) {
  const TimePoint now = parts_.clock.Now();
  auto pending = Prepare(std::move(attempt), Manner::kLive, now);
  if (pending->retry_key) {
    if (std::optional<Decision> earlier = retries_.Find(*pending->retry_key, now))
      return done(*std::move(earlier));
  }
  pending->decided = std::move(done);
  Ask(std::move(pending), deadline);
}

void Assessor::AssessProven(std::shared_ptr<const Policy> policy, Attempt attempt, const AttemptKeys& keys,
                            const Proofs& proofs, Duration deadline,
                            std::function<void(absl::StatusOr<Decision>)> done) {
  auto pending = std::make_shared<Pending>(std::move(attempt));
  pending->manner = Manner::kShadow;
  pending->now = parts_.clock.Now();
  pending->policy = std::move(policy);
  pending->keys = keys;
  pending->facts = FactsOf(pending->attempt, keys);
  pending->proofs = proofs;
  pending->decided = std::move(done);
  Ask(std::move(pending), deadline);
}

void Assessor::Explain(Attempt attempt, Duration deadline,
                       std::function<void(absl::StatusOr<Explanation>)> done) {
  auto pending = Prepare(std::move(attempt), Manner::kDry, parts_.clock.Now());
  pending->explained = std::move(done);
  Ask(std::move(pending), deadline);
}

void Assessor::Record(Attempt attempt, TimePoint at, Happened happened, Duration deadline,
                      std::function<void(absl::StatusOr<Decision>)> done) {
  const Manner manner = happened == Happened::kFailure ? Manner::kForced : Manner::kPast;
  auto pending = Prepare(std::move(attempt), manner, std::min(at, parts_.clock.Now()));
  pending->decided = std::move(done);
  Ask(std::move(pending), deadline);
}

std::shared_ptr<Assessor::Pending> Assessor::Prepare(Attempt attempt, Manner manner, TimePoint now) const {
  auto pending = std::make_shared<Pending>(std::move(attempt));
  pending->manner = manner;
  pending->now = now;
  pending->keys = parts_.keys.Of(pending->attempt);
  pending->policy = parts_.policies.For(pending->keys.account);
  pending->facts = FactsOf(pending->attempt, pending->keys);
  pending->proofs = proofs_.Read(pending->attempt, pending->keys.account, *pending->policy, now);

  const AttemptFields& fields = pending->attempt.fields();
  if (manner == Manner::kLive && !fields.request_id.empty()) {
    const std::string tag = fields.account_tag ? std::to_string(*fields.account_tag) : "";
    const std::string challenge = fields.challenge_proof ? fields.challenge_proof->challenge_id : "";
    const std::string factor(FactorName(fields.factor));
    pending->retry_key = parts_.keys.Of(
        KeyDomain::kRequest, fields.tenant,
        KeyMaterial(KeyDomain::kRequest,
                    {fields.caller, fields.request_id, fields.account, pending->attempt.source().host(),
                     fields.path, factor, tag, fields.device_token, fields.recovery_token, challenge}));
  }
  return pending;
}

void Assessor::Ask(std::shared_ptr<Pending> pending, Duration deadline) {
  pending->deadline = deadline;
  // Whoever asks a shadow has looked at what is answered at once.
  if (pending->manner != Manner::kShadow && AnswerAtOnce(*pending)) return;
  if (MayRepeat(*pending)) {
    if (AnswerAgain(*pending)) return;
    pending->refusals_stamp = refusals_.Stamp(pending->facts);
  }
  const Policy& policy = *pending->policy;
  pending->plan = PlanCharges(policy, pending->facts, pending->proofs);
  auto request = std::make_shared<ChargeRequest>();
  request->lanes.reserve(pending->plan.lanes.size());
  for (PlannedLane& lane : pending->plan.lanes) {
    node_counters_.Read(pending->facts, lane, pending->now);
    request->lanes.push_back(AskOf(policy, lane, pending->facts, pending->proofs, settings_.token_life));
  }
  node_counters_.Read(pending->facts, pending->plan.challenged, pending->now);
  request->reservation_id = parts_.random.Next() & 0xFFFF'FFFFULL;
  request->tag = pending->facts.account_tag;
  request->token_life = settings_.token_life;
  request->keep = policy.keep();
  request->dry_run = !Charges(pending->manner);
  request->forced = pending->manner == Manner::kForced;
  if (request->forced || pending->manner == Manner::kPast) request->now = pending->now;
  pending->request = request;

  // What is left of the caller's time is for an answer without the store.
  const Duration patience = std::min(deadline - deadline / 8, settings_.store_deadline);
  parts_.store.Charge(pending->shards(), std::move(request), patience,
                      [this, pending](absl::StatusOr<ChargeResult> result) {
                        if (result.ok()) return Finish(pending, *std::move(result), /*degraded=*/false);
                        if (pending->manner == Manner::kShadow) return pending->Fail(result.status());
                        AskLocally(pending);
                      });
}

void Assessor::AskLocally(std::shared_ptr<Pending> pending) {
  const Policy& policy = *pending->policy;
  auto request = std::make_shared<ChargeRequest>(*pending->request);
  request->now.reset();
  request->lanes.clear();
  Plan plan{.lanes = {}, .challenged = pending->plan.challenged};
  for (PlannedLane& lane : pending->plan.lanes) {
    // Which sources an account knows is only in the store that is gone.
    if (lane.lane == Lane::kFamiliar) continue;
    const OnStoreLoss on_loss = policy.budget(lane.lane).on_store_loss;
    if (on_loss == OnStoreLoss::kChallenge || on_loss == OnStoreLoss::kRefuse) continue;
    lane.limited = on_loss != OnStoreLoss::kAllow;
    lane.share = policy.spec().local_share;
    LaneAsk ask = AskOf(policy, lane, pending->facts, pending->proofs, settings_.token_life);
    // A recovery is known by its token here: what opened it is in the store that is gone.
    if (ask.lane == Lane::kRecovered) ask.lane = Lane::kDevice;
    plan.lanes.push_back(std::move(lane));
    request->lanes.push_back(std::move(ask));
  }
  if (request->lanes.empty()) {
    return AnswerUncounted(*pending,
                           DecideBlind(Lane::kStranger, policy.budget(Lane::kStranger).on_store_loss,
                                       pending->facts.can_challenge, pending->now),
                           pending->now, /*degraded=*/true);
  }
  pending->request = request;
  pending->plan = std::move(plan);
  parts_.local_store.Charge(
      pending->shards(), request, settings_.store_deadline,
      [this, pending](absl::StatusOr<ChargeResult> result) {
        if (!result.ok()) return pending->Fail(result.status());
        const bool stranger_left_out = pending->plan.lanes.back().lane != Lane::kStranger;
        if (result->admitted < 0 && stranger_left_out) {
          const OnStoreLoss on_loss = pending->policy->budget(Lane::kStranger).on_store_loss;
          const TimePoint at = result->records.now;
          return AnswerUncounted(*pending,
                                 DecideBlind(Lane::kStranger, on_loss, pending->facts.can_challenge, at), at,
                                 /*degraded=*/true);
        }
        Finish(pending, *std::move(result), /*degraded=*/true);
      });
}

bool Assessor::AnswerAtOnce(Pending& pending) {
  const Factor factor = pending.facts.factor;
  const bool needs_first = factor == Factor::kOneTimeCode;
  if (Guessable(factor) &&
      (!needs_first || proofs_.FirstFactorPassed(pending.attempt, pending.keys.account, pending.now))) {
    return false;
  }
  Verdict verdict;
  verdict.lane = pending.proofs.device ? Lane::kDevice : Lane::kStranger;
  if (needs_first) {
    verdict.action = Action::kThrottle;
    verdict.retry_after = kProvisionalWait;
    verdict.until = pending.now + kProvisionalWait;
    verdict.reasons.push_back({.rule = "first-factor",
                               .counter = "first factor passed",
                               .then = Consequence::kThrottle,
                               .refuses = true,
                               .until = verdict.until});
    verdict.way_up = Lane::kRecovered;
  }
  AnswerUncounted(pending, std::move(verdict), pending.now, /*degraded=*/false);
  return true;
}

bool Assessor::MayRepeat(const Pending& pending) const {
  const Proofs& proofs = pending.proofs;
  return refusals_.on() && pending.manner == Manner::kLive && !proofs.device && !proofs.recovery &&
         !proofs.challenge && (parts_.shadow == nullptr || !parts_.shadow->on());
}

bool Assessor::AnswerAgain(Pending& pending) {
  const std::shared_ptr<const Refusal> known = refusals_.Find(pending.facts, *pending.policy, pending.now);
  if (known == nullptr) return false;
  const TimePoint at = known->result.records.now + (pending.now - known->asked);
  if (!StillRefused(known->plan, *known->request, known->result, at)) return false;
  Verdict verdict = Decide(*pending.policy, pending.facts, known->plan, *known->request, known->result, at);
  Decision decision = DecisionOf(std::move(verdict), parts_.random.Next() >> 1U, at, *pending.policy,
                                 /*degraded=*/false);
  journal_.AddRepeat(decision, known->first);
  Seal(pending, decision, nullptr);
  Answer(pending, std::move(decision), {});
  return true;
}

void Assessor::AnswerUncounted(Pending& pending, Verdict verdict, TimePoint at, bool degraded) {
  Decision decision =
      DecisionOf(std::move(verdict), parts_.random.Next() >> 1U, at, *pending.policy, degraded);
  Seal(pending, decision, nullptr);
  Remember(pending, decision, nullptr);
  Answer(pending, std::move(decision), {});
}

void Assessor::Remember(Pending& pending, Decision& decision, ChargeResult* result) {
  if (pending.manner != Manner::kLive || settings_.journal_capacity == 0) return;
  JournalEntry entry;
  // Without its tokens, which nobody is told again.
  std::string token = std::exchange(decision.attempt_token, {});
  std::string challenge = std::exchange(decision.challenge_id, {});
  entry.decision = decision;
  decision.attempt_token = std::move(token);
  decision.challenge_id = std::move(challenge);
  entry.facts = pending.facts;
  entry.proofs = pending.proofs;
  entry.policy = std::move(pending.policy);
  entry.token_life = settings_.token_life;
  entry.counted = result != nullptr;
  if (result != nullptr) {
    if (decision.degraded || CountsOnNode(pending.plan)) {
      entry.asked = std::make_shared<JournalEntry::Question>(
          JournalEntry::Question{std::move(pending.plan), *pending.request});
    }
    entry.result = std::move(*result);
  }
  // What a stronger lane fell from is for the store to say, and so is what nodes count for themselves.
  const bool repeats = result != nullptr && entry.result.admitted < 0 && !decision.degraded &&
                       decision.verdict.falls.empty() && entry.asked == nullptr && MayRepeat(pending);
  if (!repeats) return journal_.Add(std::move(entry));
  Refusal refusal{.facts = pending.facts,
                  .policy = entry.policy,
                  .stamp = pending.refusals_stamp,
                  .plan = std::move(pending.plan),
                  .request = pending.request,
                  .result = entry.result,
                  .asked = pending.now};
  refusal.first = journal_.AddFirst(std::move(entry));
  refusals_.Remember(std::move(refusal));
}

void Assessor::Finish(const std::shared_ptr<Pending>& shared, ChargeResult result, bool degraded) {
  Pending& pending = *shared;
  const Policy& policy = *pending.policy;
  std::vector<LaneReport> lanes;
  Verdict verdict;
  if (pending.request->dry_run) {
    // The lanes as they stand, and what would be answered: as if the attempt had been charged.
    lanes = ReportLanes(policy, pending.facts, pending.plan, *pending.request, result);
    ChargeRequest charging = *pending.request;
    charging.dry_run = false;
    verdict = Decide(policy, pending.facts, pending.plan, charging,
                     ApplyCharge(charging, ShardRecords(result.records)));
  } else {
    verdict = Decide(policy, pending.facts, pending.plan, *pending.request, result);
  }
  Decision decision =
      DecisionOf(std::move(verdict), parts_.random.Next() >> 1U, result.records.now, policy, degraded);
  if (result.admitted >= 0 && Charges(pending.manner)) {
    node_counters_.Charge(pending.facts, pending.plan.lanes[static_cast<size_t>(result.admitted)],
                          result.records.now);
  }
  if (pending.request->forced || (result.admitted >= 0 && Charges(pending.manner))) {
    refusals_.ForgetAccount(pending.keys.account);
    refusals_.ForgetNetwork(pending.keys.network);
  }
  const bool shadowed =
      pending.manner == Manner::kLive && !degraded && parts_.shadow != nullptr && parts_.shadow->on();
  if (shadowed) return AskShadow(shared, std::move(decision), std::move(result));
  Conclude(pending, std::move(decision), std::move(result), std::move(lanes));
}

void Assessor::AskShadow(const std::shared_ptr<Pending>& pending, Decision decision, ChargeResult result) {
  const Duration patience = std::min(pending->deadline, settings_.store_deadline);
  parts_.shadow->Assess(pending->attempt, pending->keys, pending->proofs, patience,
                        [this, pending, decision = std::move(decision),
                         result = std::move(result)](std::optional<ShadowAnswer> answer) mutable {
                          decision.shadow = std::move(answer);
                          Conclude(*pending, std::move(decision), std::move(result), {});
                        });
}

void Assessor::Conclude(Pending& pending, Decision decision, ChargeResult result,
                        std::vector<LaneReport> lanes) {
  Seal(pending, decision, &result);
  Remember(pending, decision, &result);
  Answer(pending, std::move(decision), std::move(lanes));
}

void Assessor::Seal(Pending& pending, Decision& decision, const ChargeResult* result) {
  if (!Charges(pending.manner)) return;
  if (decision.verdict.offer_challenge) {
    decision.challenge_id = SealToken(parts_.sealer, ChallengeToken{.account = pending.keys.account,
                                                                    .id = parts_.random.Next() & kShortMask,
                                                                    .issued = parts_.clock.Now()});
    decision.challenge_expires = decision.at + pending.policy->spec().challenged.valid;
  }
  const bool forced = pending.manner == Manner::kForced && result != nullptr;
  if (decision.verdict.action != Action::kAllow && !forced) return;
  AttemptToken token{
      .account = pending.keys.account, .network = pending.keys.network, .source = pending.keys.source};
  token.charged_at = decision.at;
  token.lane = decision.verdict.lane;
  token.factor = pending.facts.factor;
  token.counted = result != nullptr;
  token.degraded = decision.degraded;
  token.tag = pending.facts.account_tag;
  token.decision = decision.id;
  token.new_device = pending.proofs.device ? pending.proofs.device->id : parts_.random.Next() & kShortMask;
  if (result != nullptr) {
    const size_t admitted =
        result->admitted >= 0 ? static_cast<size_t>(result->admitted) : pending.plan.lanes.size() - 1;
    token.sub = result->sub;
    token.reservation = result->reservation_id;
    token.proof = ProofId(pending.request->lanes[admitted]);
    for (const Reservation& r : result->records.account.reservations) {
      if (r.id == result->reservation_id) token.charged_at = r.at;
    }
    AddCounters(pending.plan.lanes[admitted], result->sub, /*only_clears=*/false, token.counters);
    // A device or recovery that was spent is paid off by a login that succeeds with it in hand.
    for (size_t i = 0; i < admitted; ++i) {
      const LaneAsk& ask = pending.request->lanes[i];
      if (ask.lane > Lane::kRecovered || result->records.account.FindSlot(ask.lane, ask.proof_id) == nullptr)
        continue;
      const ProofState proof = CheckProof(ask, result->records.account, result->records.now);
      if (proof.holds) AddCounters(pending.plan.lanes[i], proof.slot, /*only_clears=*/true, token.counters);
    }
  }
  if (decision.shadow) token.shadow_charge = std::exchange(decision.shadow->charge, {});
  decision.attempt_token = SealToken(parts_.sealer, token);
  if (decision.attempt_token.size() > kTokenMax && !token.shadow_charge.empty()) {
    token.shadow_charge.clear();  // the shadow's charge stands
    decision.attempt_token = SealToken(parts_.sealer, token);
  }
  decision.attempt_token_expires = token.charged_at + settings_.token_life;
}

void Assessor::Answer(Pending& pending, Decision decision, std::vector<LaneReport> lanes) {
  decision.told_afterwards = pending.manner == Manner::kForced || pending.manner == Manner::kPast;
  if (decision.shadow) decision.shadow->charge.clear();
  if (pending.manner != Manner::kDry) {
    if (pending.retry_key) retries_.Remember(*pending.retry_key, decision, pending.now);
    for (DecisionObserver* observer : parts_.observers)
      observer->OnDecision(pending.attempt, pending.facts, decision);
  }
  if (!pending.explained) return pending.decided(std::move(decision));
  pending.explained(Explanation{.decision = std::move(decision), .lanes = std::move(lanes)});
}

absl::StatusOr<Explanation> Assessor::ExplainPast(uint64_t decision_id) const {
  const std::shared_ptr<const JournalEntry> entry = journal_.Find(decision_id);
  if (entry == nullptr) {
    return absl::NotFoundError(
        "decision_id: this node did not make that decision, or it is older than what is kept");
  }
  return Explanation{.decision = entry->decision, .lanes = entry->Lanes()};
}

}  // namespace latchkey
