#include "engine/recording/event_codec.h"

#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

enum Kind : int64_t { kAttempt = 1, kOutcome = 2 };
enum Flag : int64_t {
  kPopular = 1,
  kCanChallenge = 2,
  kFirstFactor = 4,
  kChallengePassed = 8,
  kDegraded = 16,
  kAtStake = 32,
};
constexpr size_t kAttemptFields = 17;
constexpr size_t kOutcomeFields = 7;
constexpr int64_t kTagMax = 0xFFFF;

int64_t Millis(TimePoint at) { return at.time_since_epoch().count(); }

void PutProof(const std::optional<RecordedProof>& proof, MsgpackWriter& out) {
  out.Array(proof ? 2 : 0);
  if (!proof) return;
  out.Int(static_cast<int64_t>(proof->id));
  out.Int(Millis(proof->issued));
}

void PutTag(const std::optional<uint16_t>& tag, MsgpackWriter& out) { out.Int(tag ? *tag : -1); }

std::string Encode(const RecordedAttempt& e) {
  MsgpackWriter out;
  out.Array(kAttemptFields);
  out.Int(kAttempt);
  out.Int(Millis(e.at));
  out.Int(static_cast<int64_t>(e.decision));
  for (const std::string* text : {&e.tenant, &e.account, &e.source, &e.path, &e.group}) out.Bytes(*text);
  out.Int(e.asn);
  out.Int(static_cast<int64_t>(e.factor));
  int64_t flags = 0;
  if (e.popular_password) flags |= kPopular;
  if (e.can_challenge) flags |= kCanChallenge;
  if (e.first_factor_passed) flags |= kFirstFactor;
  if (e.challenge_passed) flags |= kChallengePassed;
  if (e.degraded) flags |= kDegraded;
  if (e.at_stake) flags |= kAtStake;
  out.Int(flags);
  PutProof(e.device, out);
  PutProof(e.recovery, out);
  out.Int(static_cast<int64_t>(e.action));
  out.Int(static_cast<int64_t>(e.lane));
  out.Bytes(e.rule);
  out.Int(e.policy_revision);
  return out.Take();
}

std::string Encode(const RecordedOutcome& e) {
  MsgpackWriter out;
  out.Array(kOutcomeFields);
  out.Int(kOutcome);
  out.Int(Millis(e.at));
  out.Int(static_cast<int64_t>(e.decision));
  out.Int(static_cast<int64_t>(e.outcome));
  PutTag(e.account_tag, out);
  PutTag(e.tenant_tag, out);
  out.Int(static_cast<int64_t>(e.new_device));
  return out.Take();
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : in_(bytes) {}
  size_t Array() { return in_.Array(); }
  int64_t Number(int64_t min, int64_t max) {
    const int64_t value = in_.Int();
    good_ = good_ && value >= min && value <= max;
    return good_ ? value : min;
  }
  uint64_t Id() { return static_cast<uint64_t>(Number(0, INT64_MAX)); }
  TimePoint Time() { return TimePoint(Duration(Number(INT64_MIN / 2, INT64_MAX / 2))); }
  std::string Text() { return std::string(in_.Bytes()); }
  std::optional<uint16_t> Tag() {
    const int64_t tag = Number(-1, kTagMax);
    return tag < 0 ? std::nullopt : std::optional<uint16_t>(static_cast<uint16_t>(tag));
  }
  std::optional<RecordedProof> Proof() {
    const size_t size = in_.Array();
    good_ = good_ && (size == 0 || size == 2);
    if (size != 2) return std::nullopt;
    return RecordedProof{.id = Id(), .issued = Time()};
  }
  [[nodiscard]] bool Finished() const { return good_ && in_.ok() && in_.AtEnd(); }

 private:
  MsgpackReader in_;
  bool good_ = true;
};

std::optional<RecordedEvent> DecodeAttempt(Reader& in) {
  RecordedAttempt e{.at = in.Time(), .decision = in.Id()};
  for (std::string* text : {&e.tenant, &e.account, &e.source, &e.path, &e.group}) *text = in.Text();
  e.asn = static_cast<uint32_t>(in.Number(0, UINT32_MAX));
  e.factor = static_cast<Factor>(in.Number(0, kFactorCount - 1));
  const int64_t flags = in.Number(0, INT64_MAX);
  e.popular_password = (flags & kPopular) != 0;
  e.can_challenge = (flags & kCanChallenge) != 0;
  e.first_factor_passed = (flags & kFirstFactor) != 0;
  e.challenge_passed = (flags & kChallengePassed) != 0;
  e.degraded = (flags & kDegraded) != 0;
  e.at_stake = (flags & kAtStake) != 0;
  e.device = in.Proof();
  e.recovery = in.Proof();
  e.action = static_cast<Action>(in.Number(1, 4));
  e.lane = static_cast<Lane>(in.Number(0, kLaneCount - 1));
  e.rule = in.Text();
  e.policy_revision = in.Number(0, INT64_MAX);
  if (!in.Finished()) return std::nullopt;
  return e;
}

std::optional<RecordedEvent> DecodeOutcome(Reader& in) {
  RecordedOutcome e{.at = in.Time(), .decision = in.Id()};
  e.outcome = static_cast<Outcome>(in.Number(1, 6));
  e.account_tag = in.Tag();
  e.tenant_tag = in.Tag();
  e.new_device = in.Id();
  if (!in.Finished()) return std::nullopt;
  return e;
}

}  // namespace

std::string EncodeEvent(const RecordedEvent& event) {
  return std::visit([](const auto& e) { return Encode(e); }, event);
}

std::optional<RecordedEvent> DecodeEvent(std::string_view bytes) {
  Reader in(bytes);
  const size_t fields = in.Array();
  const int64_t kind = in.Number(0, INT64_MAX);
  if (kind == kAttempt && fields == kAttemptFields) return DecodeAttempt(in);
  if (kind == kOutcome && fields == kOutcomeFields) return DecodeOutcome(in);
  return std::nullopt;
}

}  // namespace latchkey
