#include "engine/assess/assessor.h"

#include <algorithm>

#include "engine/assess/token_of.h"
#include "engine/attempt/tokens.h"
#include "engine/base/held_alone.h"

namespace latchkey {
namespace {

constexpr uint64_t kShortMask = 0xFFFF'FFFF'FFFFULL;

Decision DecisionOf(Verdict verdict, uint64_t id, TimePoint at, const Policy& policy, bool degraded) {
  Decision decision{.id = id, .verdict = std::move(verdict), .at = at};
  decision.policy_revision = policy.revision();
  decision.degraded = degraded;
  return decision;
}

}  // namespace

// Used again and again, so nothing in it may be taken as empty.
struct Assessor::Pending : Pooled {
  std::optional<Attempt> asked;
  Manner manner = Manner::kLive;
  TimePoint now;
  std::shared_ptr<const Policy> policy;
  AttemptKeys keys;
  Facts facts;
  Proofs proofs;
  Plan plan;
  std::shared_ptr<ChargeRequest> request;
  std::vector<AskForm> forms;  // of its lanes
  AttemptToken token;
  std::optional<Key> retry_key;
  Duration deadline{0};
  uint64_t refusals_stamp = 0;
  // One of the two.
  std::function<void(absl::StatusOr<Decision>)> decided;
  std::function<void(absl::StatusOr<Explanation>)> explained;

  [[nodiscard]] const Attempt& attempt() const { return *asked; }
  [[nodiscard]] ShardKeys shards() const { return {keys.account, keys.network}; }

  // A question whose memory nobody looks at any more.
  ChargeRequest& FreshRequest() {
    if (request == nullptr || !HeldAlone(request)) {
      request = std::make_shared<ChargeRequest>();
      forms.clear();
    }
    request->now.reset();
    return *request;
  }
};

Assessor::Assessor(AssessParts parts, AssessSettings settings)
    : parts_(std::move(parts)),
      settings_(settings),
      proofs_(parts_.sealer, parts_.revocations),
      journal_(settings.journal_capacity),
      refusals_(settings.refusals_kept) {}

Assessor::~Assessor() = default;

void Assessor::Assess(Attempt attempt, Duration deadline,
                      std::function<void(absl::StatusOr<Decision>)> done) {
  const TimePoint now = parts_.clock.Now();
  const std::optional<Key> retry_key = RetryKeyOf(attempt);
  if (retry_key) {
    if (std::optional<Decision> earlier = retries_.Find(*retry_key, now)) return done(*std::move(earlier));
  }
  journal_.Expect();
  absl::StatusOr<Decision> again = Decision();
  if (DecideAgain(attempt, retry_key, now, *again)) return done(std::move(again));
  Pending& pending = Prepare(std::move(attempt), Manner::kLive, now);
  pending.retry_key = retry_key;
  pending.decided = std::move(done);
  Ask(pending, deadline);
}

void Assessor::AssessProven(std::shared_ptr<const Policy> policy, Attempt attempt, const AttemptKeys& keys,
                            const Proofs& proofs, Duration deadline,
                            std::function<void(absl::StatusOr<Decision>)> done) {
  Pending& pending = *pendings_.Take().release();
  pending.asked = std::move(attempt);
  pending.manner = Manner::kShadow;
  pending.now = parts_.clock.Now();
  pending.policy = std::move(policy);
  pending.keys = keys;
  pending.facts = FactsOf(pending.attempt(), keys);
  pending.proofs = proofs;
  pending.decided = std::move(done);
  Ask(pending, deadline);
}

void Assessor::Explain(Attempt attempt, Duration deadline,
                       std::function<void(absl::StatusOr<Explanation>)> done) {
  Pending& pending = Prepare(std::move(attempt), Manner::kDry, parts_.clock.Now());
  pending.explained = std::move(done);
  Ask(pending, deadline);
}

void Assessor::Record(Attempt attempt, TimePoint at, Happened happened, Duration deadline,
                      std::function<void(absl::StatusOr<Decision>)> done) {
  const Manner manner = happened == Happened::kFailure ? Manner::kForced : Manner::kPast;
  Pending& pending = Prepare(std::move(attempt), manner, std::min(at, parts_.clock.Now()));
  pending.decided = std::move(done);
  Ask(pending, deadline);
}

Assessor::Pending& Assessor::Prepare(Attempt attempt, Manner manner, TimePoint now) {
  Pending& pending = *pendings_.Take().release();
  pending.asked = std::move(attempt);
  pending.manner = manner;
  pending.now = now;
  pending.keys = parts_.keys.Of(pending.attempt());
  parts_.store.Expect(pending.shards());
  pending.policy = parts_.policies.For(pending.keys.account);
  pending.facts = FactsOf(pending.attempt(), pending.keys);
  pending.proofs = proofs_.Read(pending.attempt(), pending.keys.account, *pending.policy, now);
  return pending;
}

std::optional<Key> Assessor::RetryKeyOf(const Attempt& attempt) const {
  const AttemptView& fields = attempt.fields();
  if (fields.request_id.empty()) return std::nullopt;
  const std::string tag = fields.account_tag ? std::to_string(*fields.account_tag) : "";
  const std::string_view challenge =
      fields.challenge_proof ? fields.challenge_proof->challenge_id : std::string_view();
  return parts_.keys.Of(
      KeyDomain::kRequest, fields.tenant,
      KeyMaterial(KeyDomain::kRequest,
                  {fields.caller, fields.request_id, fields.account, attempt.source().host(), fields.path,
                   FactorName(fields.factor), tag, fields.device_token, fields.recovery_token, challenge}));
}

void Assessor::Ask(Pending& pending, Duration deadline) {
  pending.deadline = deadline;
  // Whoever asks a shadow has looked at what is answered at once.
  if (pending.manner != Manner::kShadow && AnswerAtOnce(pending)) return;
  // What happened elsewhere was not challenged here.
  const bool past = pending.manner == Manner::kForced || pending.manner == Manner::kPast;
  pending.facts.at_stake = !past && HeedsStake(*pending.policy, pending.facts, pending.now);
  if (MayRepeat(pending)) pending.refusals_stamp = refusals_.Stamp(pending.facts);
  // What is left of the caller's time is for an answer without the store.
  Charge(pending, std::min(deadline - deadline / 8, settings_.store_deadline));
}

void Assessor::Charge(Pending& pending, Duration patience) {
  const Policy& policy = *pending.policy;
  PlanLanes(policy, pending.facts, pending.proofs, pending.plan);
  parts_.store.ExpectNow(pending.shards());
  ChargeRequest& request = pending.FreshRequest();
  request.lanes.resize(pending.plan.lanes.size());
  pending.forms.resize(pending.plan.lanes.size());
  for (size_t i = 0; i < pending.plan.lanes.size(); ++i) {
    PlannedLane& lane = pending.plan.lanes[i];
    if (policy.counts_on_node()) node_counters_.Read(pending.facts, lane, pending.now);
    AskInto(policy, lane, pending.facts, pending.proofs, settings_.token_life, request.lanes[i],
            pending.forms[i]);
  }
  request.reservation_id = parts_.random.Next() & 0xFFFF'FFFFULL;
  request.tag = pending.facts.account_tag;
  request.token_life = settings_.token_life;
  request.keep = policy.keep();
  request.dry_run = !Charges(pending.manner);
  request.forced = pending.manner == Manner::kForced;
  if (request.forced || pending.manner == Manner::kPast) request.now = pending.now;

  parts_.store.Charge(pending.shards(), pending.request, patience,
                      [this, asked = &pending](absl::StatusOr<ChargeResult>&& result) {
                        if (result.ok()) return Finish(*asked, *result, /*degraded=*/false);
                        if (asked->manner == Manner::kShadow) return Fail(*asked, result.status());
                        AskLocally(*asked);
                      });
}

bool Assessor::HeedsStake(const Policy& policy, const Facts& facts, TimePoint now) const {
  // Where no challenge can be shown, one is a refusal.
  return parts_.stakes != nullptr && policy.heeds_stakes() && facts.can_challenge &&
         parts_.stakes->Any(facts.account, now);
}

void Assessor::AskLocally(Pending& pending) {
  const Policy& policy = *pending.policy;
  // Whom the account knows from home is a stranger now, so strangers are not asked for more.
  pending.facts.at_stake = false;
  auto request = std::make_shared<ChargeRequest>(*pending.request);
  request->now.reset();
  request->lanes.clear();
  Plan plan;
  for (PlannedLane& lane : pending.plan.lanes) {
    // Which sources an account knows is only in the store that is gone.
    if (lane.lane == Lane::kFamiliar) continue;
    ForgetStake(policy, lane);
    const OnStoreLoss on_loss = policy.budget(lane.lane).on_store_loss;
    if (on_loss == OnStoreLoss::kChallenge || on_loss == OnStoreLoss::kRefuse) continue;
    lane.limited = on_loss != OnStoreLoss::kAllow;
    lane.share = policy.spec().local_share;
    LaneAsk ask = AskOf(policy, lane, pending.facts, pending.proofs, settings_.token_life);
    // A recovery is known by its token here: what opened it is in the store that is gone.
    if (ask.lane == Lane::kRecovered) ask.lane = Lane::kDevice;
    plan.lanes.push_back(std::move(lane));
    request->lanes.push_back(std::move(ask));
  }
  const auto answer_blind = [this](Pending& asked, TimePoint at) {
    const OnStoreLoss on_loss = asked.policy->budget(Lane::kStranger).on_store_loss;
    AnswerUncounted(asked, DecideBlind(Lane::kStranger, on_loss, asked.facts.can_challenge, at), at,
                    /*degraded=*/true);
  };
  if (request->lanes.empty()) return answer_blind(pending, pending.now);
  pending.request = std::move(request);
  pending.forms.clear();
  pending.plan = std::move(plan);
  parts_.local_store.Charge(pending.shards(), pending.request, settings_.store_deadline,
                            [this, asked = &pending, answer_blind](absl::StatusOr<ChargeResult>&& result) {
                              if (!result.ok()) return Fail(*asked, result.status());
                              const bool stranger_left_out = asked->plan.lanes.back().lane != Lane::kStranger;
                              if (result->admitted < 0 && stranger_left_out)
                                return answer_blind(*asked, result->records.now);
                              Finish(*asked, *result, /*degraded=*/true);
                            });
}

bool Assessor::Counts(const Attempt& attempt, const Key& account, TimePoint now) const {
  const Factor factor = attempt.fields().factor;
  return Guessable(factor) &&
         (factor != Factor::kOneTimeCode || proofs_.FirstFactorPassed(attempt, account, now));
}

bool Assessor::AnswerAtOnce(Pending& pending) {
  if (Counts(pending.attempt(), pending.keys.account, pending.now)) return false;
  Verdict verdict;
  verdict.lane = pending.proofs.device ? Lane::kDevice : Lane::kStranger;
  if (pending.facts.factor == Factor::kOneTimeCode) {
    verdict.action = Action::kThrottle;
    verdict.retry_after = kProvisionalWait;
    verdict.until = pending.now + kProvisionalWait;
    verdict.reasons = std::vector<LimitReport>{{.rule = "first-factor",
                                                .counter = "first factor passed",
                                                .then = Consequence::kThrottle,
                                                .refuses = true,
                                                .soon = true,
                                                .until = {}}};
    verdict.way_up = Lane::kRecovered;
  }
  AnswerUncounted(pending, std::move(verdict), pending.now, /*degraded=*/false);
  return true;
}

bool Assessor::MayRepeat(const Pending& pending) const {
  return pending.manner == Manner::kLive && !pending.proofs.any() && KnowsRefusals();
}

void Assessor::AnswerUncounted(Pending& pending, Verdict verdict, TimePoint at, bool degraded) {
  Decision decision =
      DecisionOf(std::move(verdict), parts_.random.Next() >> 1U, at, *pending.policy, degraded);
  Seal(pending, decision, nullptr);
  Remember(pending, decision, nullptr);
  Answer(pending, decision, {});
}

void Assessor::Remember(Pending& pending, const Decision& decision, ChargeResult* result) {
  if (pending.manner != Manner::kLive || settings_.journal_capacity == 0) return;
  Journal::Inputs inputs{.facts = pending.facts,
                         .proofs = pending.proofs,
                         .policy = pending.policy,
                         .token_life = settings_.token_life,
                         .asked = nullptr,
                         .result = result};
  if (result == nullptr) return journal_.Add(decision, inputs);
  const bool on_node = CountsOnNode(*pending.policy, pending.plan);
  // What a stronger lane fell from is for the store to say, and so is what nodes count for themselves.
  if (result->admitted < 0 && !decision.degraded && decision.verdict.falls.empty() && !on_node &&
      MayRepeat(pending)) {
    KnownRefusal known{.facts = pending.facts,
                       .policy = pending.policy,
                       .stamp = pending.refusals_stamp,
                       .plan = std::move(pending.plan),
                       .request = pending.request,
                       .result = {},
                       .asked = pending.now,
                       .first = journal_.AddFirst(decision, inputs)};
    known.result = std::move(*result);
    known.result.records.account.Unpack();
    known.result.records.network.Unpack();
    known.until = pending.now + KnownFor(pending.shards(), known.result.records);
    return refusals_.Remember(pending.attempt(), std::move(known));
  }
  if (decision.degraded || on_node) {
    inputs.asked = std::make_shared<JournalEntry::Question>(
        JournalEntry::Question{std::move(pending.plan), *pending.request});
  }
  journal_.Add(decision, inputs);
}

void Assessor::Finish(Pending& pending, ChargeResult& result, bool degraded) {
  const Policy& policy = *pending.policy;
  if (result.admitted < 0 || pending.request->dry_run) {
    pending.plan.challenged = PlanLane(policy, pending.facts, pending.proofs, Lane::kChallenged);
    if (policy.counts_on_node()) node_counters_.Read(pending.facts, pending.plan.challenged, pending.now);
  }
  if (!degraded && AsksInVain(policy, pending.plan, *pending.request, result)) {
    // A challenge that nobody can pass is a refusal: it is as if nothing were at stake.
    pending.facts.at_stake = false;
    return Charge(pending, settings_.store_deadline);
  }
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
  if (result.admitted >= 0 && Charges(pending.manner) && policy.counts_on_node()) {
    node_counters_.Charge(pending.facts, pending.plan.lanes[static_cast<size_t>(result.admitted)],
                          result.records.now);
  }
  if (pending.request->forced || (result.admitted >= 0 && Charges(pending.manner))) {
    refusals_.ForgetAccount(pending.keys.account);
    refusals_.ForgetNetwork(pending.keys.network);
  }
  const bool shadowed =
      pending.manner == Manner::kLive && !degraded && parts_.shadow != nullptr && parts_.shadow->on();
  if (shadowed) return AskShadow(pending, decision, result);
  Conclude(pending, decision, result, std::move(lanes));
}

void Assessor::AskShadow(Pending& pending, Decision& decision, ChargeResult& result) {
  parts_.shadow->Assess(pending.attempt(), pending.keys, pending.proofs,
                        std::min(pending.deadline, settings_.store_deadline),
                        [this, asked = &pending, decision = std::move(decision),
                         result = std::move(result)](std::optional<ShadowAnswer> answer) mutable {
                          decision.shadow = std::move(answer);
                          Conclude(*asked, decision, result, {});
                        });
}

void Assessor::Conclude(Pending& pending, Decision& decision, ChargeResult& result,
                        std::vector<LaneReport> lanes) {
  Seal(pending, decision, &result);
  Remember(pending, decision, &result);
  Answer(pending, decision, std::move(lanes));
}

void Assessor::Seal(Pending& pending, Decision& decision, const ChargeResult* result) {
  if (!Charges(pending.manner)) return;
  if (decision.verdict.offer_challenge) SealChallenge(pending.keys.account, *pending.policy, decision);
  const bool forced = pending.manner == Manner::kForced && result != nullptr;
  if (decision.verdict.action == Action::kAllow || forced) SealAttempt(pending, decision, result);
}

void Assessor::SealChallenge(const Key& account, const Policy& policy, Decision& decision) {
  decision.challenge_id = SealToken(parts_.sealer, ChallengeToken{.account = account,
                                                                  .id = parts_.random.Next() & kShortMask,
                                                                  .issued = parts_.clock.Now()});
  decision.challenge_expires = decision.at + policy.spec().challenged.valid;
}

void Assessor::SealAttempt(Pending& pending, Decision& decision, const ChargeResult* result) {
  AttemptToken& token = pending.token;
  FillToken({.keys = pending.keys,
             .facts = pending.facts,
             .proofs = pending.proofs,
             .plan = pending.plan,
             .request = pending.request.get(),
             .result = result},
            decision, token);
  token.new_device = pending.proofs.device ? pending.proofs.device->id : parts_.random.Next() & kShortMask;
  if (decision.shadow) token.shadow_charge = std::exchange(decision.shadow->charge, {});
  decision.attempt_token = SealToken(parts_.sealer, token);
  if (decision.attempt_token.size() > kAttemptTokenMax && !token.shadow_charge.empty()) {
    token.shadow_charge.clear();  // the shadow's charge stands
    decision.attempt_token = SealToken(parts_.sealer, token);
  }
  decision.attempt_token_expires = token.charged_at + settings_.token_life;
}

void Assessor::Answer(Pending& pending, Decision& decision, std::vector<LaneReport> lanes) {
  decision.told_afterwards = pending.manner == Manner::kForced || pending.manner == Manner::kPast;
  if (decision.shadow) decision.shadow->charge.clear();
  if (pending.manner != Manner::kDry)
    Tell(pending.attempt(), pending.facts, decision, pending.retry_key, pending.now);
  // Whoever has his answer may end the assessor: nothing of ours is touched after that.
  const auto explained = std::move(pending.explained);
  const auto decided = std::move(pending.decided);
  Release(pending);
  if (!explained) return decided(std::move(decision));
  explained(Explanation{.decision = std::move(decision), .lanes = std::move(lanes)});
}

void Assessor::Tell(const Attempt& attempt, const Facts& facts, const Decision& decision,
                    const std::optional<Key>& retry_key, TimePoint now) {
  if (retry_key) retries_.Remember(*retry_key, decision, now);
  for (DecisionObserver* observer : parts_.observers) observer->OnDecision(attempt, facts, decision);
}

void Assessor::Fail(Pending& pending, const absl::Status& status) {
  const auto explained = std::move(pending.explained);
  const auto decided = std::move(pending.decided);
  Release(pending);
  if (!explained) return decided(status);
  explained(status);
}

void Assessor::Release(Pending& pending) {
  // What others own is let go of; the rest is memory for the next one.
  pending.asked.reset();
  pending.policy.reset();
  pending.retry_key.reset();
  pending.decided = nullptr;
  pending.explained = nullptr;
  pendings_.Give(std::unique_ptr<Pending>(&pending));
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
