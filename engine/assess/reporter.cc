#include "engine/assess/reporter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/assess/assessor.h"
#include "engine/base/held_alone.h"

namespace latchkey {
namespace {

// The series of attempts given back unverified: the smallest signature, which no counter of a policy has.
constexpr uint16_t kNotVerifiedSignature = 1;

Settlement SettlementOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRight:
    case Outcome::kLoginComplete:
      return Settlement::kSuccess;
    case Outcome::kNotVerified:
      return Settlement::kNotVerified;
    default:
      return Settlement::kWrong;
  }
}

void AddEffects(const TokenCounter& counter, const Policy& policy, std::vector<CounterEffect>& effects) {
  using Effect = TokenCounter::Effect;
  CounterEffect effect{
      .series = {counter.signature, counter.sub}, .member = counter.member, .weight = counter.weight};
  auto has = [&](Effect wanted) { return (counter.effects & static_cast<unsigned>(wanted)) != 0; };
  auto known = std::find_if(policy.counters().begin(), policy.counters().end(),
                            [&](const Counter& c) { return c.signature == counter.signature; });
  const bool fed = known != policy.counters().end();
  if (fed) effect.horizon = known->horizon;
  if (fed) effect.members_max = known->members_max;
  if (has(Effect::kGiveBack)) effects.push_back(effect);
  if (has(Effect::kClear)) {
    effect.kind = CounterEffect::Kind::kClear;
    effects.push_back(effect);
  }
  // A counter that the policy has dropped since is not fed any more.
  if (!has(Effect::kAdd) || !fed) return;
  effect.kind = CounterEffect::Kind::kAdd;
  effect.windows.assign(known->windows.begin(), known->windows.end());
  effects.push_back(std::move(effect));
}

}  // namespace

// Used again and again, so nothing in it may be taken as empty.
struct Reporter::Pending : Pooled {
  AttemptToken token;
  Outcome outcome = Outcome::kWrong;
  TimePoint now;
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<SettleRequest> request;
  std::function<void(absl::StatusOr<ReportResult>)> done;

  [[nodiscard]] bool complete() const { return outcome == Outcome::kLoginComplete; }

  // A question whose memory nobody looks at any more.
  SettleRequest& FreshRequest() {
    if (request == nullptr || !HeldAlone(request)) request = std::make_shared<SettleRequest>();
    request->account.clear();
    request->network.clear();
    request->source.reset();
    request->device.reset();
    request->now.reset();
    return *request;
  }
};

Reporter::Reporter(ReportParts parts)
    : parts_(std::move(parts)), reported_(parts_.assessor.settings().token_life) {}

Reporter::~Reporter() { unawaited_.AwaitAll(); }

std::optional<SettleResult> Reporter::SettledAlone(const AttemptToken& token, Outcome outcome,
                                                   TimePoint now) {
  // A wrong password is remembered by its tag, or given back because it was: the store does that.
  if (token.degraded || token.tag) return std::nullopt;
  SettleResult result{.charged_at = token.charged_at};
  result.records.now = now;
  const bool failed = SettlementOf(outcome) == Settlement::kWrong;
  if (failed && token.charged_at + parts_.assessor.settings().token_life <= now) {
    result.state = SettleResult::State::kExpired;
    return result;
  }
  const ReportedAttempts::Known known =
      reported_.Note(token.account, token.reservation,
                     failed ? ReportedAttempts::Word::kFailed : ReportedAttempts::Word::kOther, now);
  if (known == ReportedAttempts::Known::kFailed || (failed && known == ReportedAttempts::Known::kOther)) {
    result.state = SettleResult::State::kAlready;
    return result;
  }
  const bool noted = known == ReportedAttempts::Known::kNothing;
  return failed && noted ? std::optional(result) : std::nullopt;
}

void Reporter::Ask(Pending& pending, std::string_view device_name) const {
  const AttemptToken& token = pending.token;
  const Policy& policy = *pending.policy;
  SettleRequest& request = pending.FreshRequest();
  request.reservation_id = token.reservation;
  request.charged_at = token.charged_at;
  request.lane = token.lane;
  request.sub = token.sub;
  request.slot_id = token.proof;
  request.settlement = SettlementOf(pending.outcome);
  request.tag = token.tag;
  for (const TokenCounter& counter : token.counters)
    AddEffects(counter, policy, counter.of_network ? request.network : request.account);
  if (pending.complete()) {
    request.source = Remember{.id = token.source, .slots_max = policy.slots_max(Lane::kFamiliar)};
    request.device = Remember{.id = token.new_device,
                              .slots_max = policy.slots_max(Lane::kDevice),
                              .name = std::string(device_name)};
  }
  request.not_verified = {
      kNotVerifiedSignature,
      static_cast<uint16_t>((static_cast<unsigned>(token.lane) << 8U) | (token.sub & 0xFFU))};
  request.not_verified_limit = {
      .above = kNotVerifiedMax, .window = kNotVerifiedWindow, .then = Consequence::kChallenge};
  request.token_life = parts_.assessor.settings().token_life;
  request.keep = policy.keep();
}

void Reporter::Take(const Report& report, Duration deadline,
                    std::function<void(absl::StatusOr<ReportResult>)> done) {
  Pending& pending = *pendings_.Take().release();
  pending.done = std::move(done);
  pending.outcome = report.outcome;
  if (!OpenAttemptTokenInto(parts_.sealer, report.attempt_token, pending.token)) {
    return Answer(pending,
                  absl::InvalidArgumentError("attempt_token: not a token of this service; send the one that "
                                             "Assess answered, unchanged"));
  }
  if (report.device_name.size() > kSlotNameMax) {
    return Answer(
        pending, absl::InvalidArgumentError(absl::StrCat("device_name: more than ", kSlotNameMax, " bytes")));
  }
  const AttemptToken& token = pending.token;
  parts_.store.Expect({token.account, token.network});
  pending.now = parts_.clock.Now();
  for (DecisionObserver* observer : parts_.observers) observer->OnReport(token, report.outcome, pending.now);
  parts_.assessor.ForgetRetry(token.decision);
  if (parts_.shadow != nullptr && !token.shadow_charge.empty())
    parts_.shadow->Settle(token, report.outcome, deadline);

  pending.policy = parts_.policies.For(token.account);
  const bool nothing_kept = !token.counted && !pending.complete();
  if (nothing_kept) return Answer(pending, ResultOf(pending, nullptr));
  if (const std::optional<SettleResult> settled = SettledAlone(token, report.outcome, pending.now)) {
    ReportResult result = ResultOf(pending, &*settled);
    result.source_remembered = false;
    return Answer(pending, std::move(result));
  }
  parts_.store.ExpectNow({token.account, token.network});
  Ask(pending, report.device_name);
  Settle(pending, std::min(deadline, parts_.assessor.settings().store_deadline));
}

void Reporter::Settle(Pending& pending, Duration deadline) {
  const AttemptToken& token = pending.token;
  if (token.degraded && pending.complete()) {
    // The login itself is remembered where all nodes see it, if that can be done by now; else it is merged
    // later.
    parts_.store.Settle({token.account, token.network}, pending.request,
                        parts_.assessor.settings().store_deadline,
                        [ended = unawaited_.Begin()](const absl::StatusOr<SettleResult>&) { ended(); });
  }
  // The reservation of an attempt that was counted locally is there until it is settled or over.
  SignalStore& store = token.degraded ? parts_.local_store : parts_.store;
  store.Settle({token.account, token.network}, pending.request, deadline,
               [this, asked = &pending](const absl::StatusOr<SettleResult>& settled) {
                 if (settled.ok()) return Answer(*asked, ResultOf(*asked, &*settled));
                 // Without a store: the owner is in (device tokens need none), and the charge of a wrong
                 // password stands by itself.
                 const bool may_fail =
                     asked->complete() || SettlementOf(asked->outcome) == Settlement::kWrong;
                 if (may_fail) return Answer(*asked, ResultOf(*asked, nullptr));
                 Answer(*asked, settled.status());
               });
}

ReportResult Reporter::ResultOf(const Pending& pending, const SettleResult* settled) const {
  const AttemptToken& token = pending.token;
  ReportResult result;
  if (settled != nullptr) {
    result.state = settled->state;
    result.given_back = settled->given_back;
  }
  if (pending.outcome == Outcome::kRight && token.factor != Factor::kOneTimeCode) {
    result.first_factor_token =
        SealToken(parts_.sealer, FirstFactorToken{.account = token.account, .passed_at = pending.now});
  }
  if (pending.complete()) {
    DeviceToken device{.account = token.account, .id = token.new_device, .issued = pending.now};
    device.epoch = parts_.revocations.EpochOf(token.account);
    if (settled != nullptr) device.epoch = std::max(device.epoch, settled->records.account.epoch());
    result.device_token = SealToken(parts_.sealer, device);
    result.device_token_expires = pending.now + pending.policy->spec().device.token_ttl;
    result.source_remembered = settled != nullptr;
  }
  return result;
}

void Reporter::Answer(Pending& pending, absl::StatusOr<ReportResult> result) {
  // Whoever has his answer may end the reporter: nothing of ours is touched after that.
  const auto done = std::move(pending.done);
  // What others own is let go of; the rest is memory for the next one.
  pending.policy.reset();
  pending.done = nullptr;
  pendings_.Give(std::unique_ptr<Pending>(&pending));
  done(std::move(result));
}

}  // namespace latchkey
