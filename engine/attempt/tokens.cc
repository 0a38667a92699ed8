#include "engine/attempt/tokens.h"

#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr int64_t kVersion = 1;

class Writer {
 public:
  explicit Writer(size_t fields) {
    out_.Array(fields + 1);
    out_.Int(kVersion);
  }
  Writer& Number(uint64_t value) { return out_.Int(static_cast<int64_t>(value)), *this; }
  Writer& Signed(int64_t value) { return out_.Int(value), *this; }
  Writer& Time(TimePoint at) { return Signed(at.time_since_epoch().count()); }
  // In 32-bit halves of unsigned 64-bit words: MessagePack integers of ours are signed.
  Writer& Id(const Key& key) {
    for (uint64_t word : {key.high, key.low}) Number(word >> 32U).Number(word & 0xFFFF'FFFFU);
    return *this;
  }
  Writer& Text(std::string_view text) { return out_.Bytes(text), *this; }
  Writer& Array(size_t size) { return out_.Array(size), *this; }
  // Valid while this lives.
  [[nodiscard]] std::string_view View() const { return out_.View(); }

 private:
  MsgpackWriter out_;
};

constexpr size_t kKeyFields = 4;

class Reader {
 public:
  // `optional`: fields that may follow, all or none of them.
  Reader(std::string_view bytes, size_t fields, size_t optional = 0) : in_(bytes) {
    const size_t found = in_.Array();
    has_optional_ = optional > 0 && found == fields + optional + 1;
    good_ = found == fields + 1 || has_optional_;
    good_ = in_.Int() == kVersion && good_;
  }
  uint64_t Number(uint64_t max = INT64_MAX) {
    const int64_t value = in_.Int();
    if (value < 0 || static_cast<uint64_t>(value) > max) good_ = false;
    return good_ ? static_cast<uint64_t>(value) : 0;
  }
  int64_t Signed() { return in_.Int(); }
  TimePoint Time() { return TimePoint(Duration(in_.Int())); }
  Key Id() {
    Key key;
    for (uint64_t* word : {&key.high, &key.low}) {
      *word = Number(0xFFFF'FFFF) << 32U;
      *word |= Number(0xFFFF'FFFF);
    }
    return key;
  }
  std::string Text() { return std::string(in_.Bytes()); }
  size_t Array() { return in_.Array(); }
  [[nodiscard]] bool has_optional() const { return has_optional_; }
  void Require(bool condition) { good_ = good_ && condition; }
  [[nodiscard]] bool ok() const { return good_ && in_.ok(); }
  [[nodiscard]] bool Finished() const { return ok() && in_.AtEnd(); }

 private:
  MsgpackReader in_;
  bool good_ = true;
  bool has_optional_ = false;
};

constexpr size_t kDeviceFields = kKeyFields + 4;
constexpr size_t kAttemptFields = 2 * kKeyFields + 13;
constexpr size_t kChallengeFields = kKeyFields + 2;
constexpr size_t kFirstFactorFields = kKeyFields + 1;

std::optional<ChallengeToken> DecodeChallengeToken(std::string_view plain) {
  Reader in(plain, kChallengeFields);
  ChallengeToken token{.account = in.Id(), .id = in.Number(), .issued = in.Time()};
  return in.Finished() ? std::optional(token) : std::nullopt;
}

std::optional<FirstFactorToken> DecodeFirstFactorToken(std::string_view plain) {
  Reader in(plain, kFirstFactorFields);
  FirstFactorToken token{.account = in.Id(), .passed_at = in.Time()};
  return in.Finished() ? std::optional(token) : std::nullopt;
}

bool DecodeInto(std::string_view plain, AttemptToken& token) {
  Reader in(plain, kAttemptFields, /*optional=*/1);
  token.account = in.Id();
  token.network = in.Id();
  token.source = in.Number();
  token.reservation = in.Number();
  token.charged_at = in.Time();
  token.lane = static_cast<Lane>(in.Number(kLaneCount - 1));
  token.sub = static_cast<uint16_t>(in.Number(0xFFFF));
  token.proof = in.Number();
  token.new_device = in.Number();
  token.factor = static_cast<Factor>(in.Number(kFactorCount - 1));
  token.counted = in.Number(1) == 1;
  token.degraded = in.Number(1) == 1;
  const uint64_t tag = in.Number(0x10000);
  token.tag.reset();
  if (tag > 0) token.tag = static_cast<uint16_t>(tag - 1);
  token.decision = in.Number();
  const size_t flat = in.Array();
  in.Require(flat % 6 == 0 && flat / 6 <= kTokenCountersMax);
  token.counters.clear();
  if (in.ok()) token.counters.reserve(flat / 6);
  for (size_t i = 0; in.ok() && i < flat / 6; ++i) {
    TokenCounter counter{.signature = static_cast<uint16_t>(in.Number(0xFFFF)),
                         .sub = static_cast<uint16_t>(in.Number(0xFFFF))};
    counter.weight = in.Signed();
    counter.member = in.Number();
    counter.effects = static_cast<uint8_t>(in.Number(7));
    counter.of_network = in.Number(1) == 1;
    token.counters.push_back(counter);
  }
  token.shadow_charge = in.has_optional() ? in.Text() : std::string();
  return in.Finished();
}

}  // namespace

std::string SealToken(const Sealer& sealer, const DeviceToken& token) {
  Writer out(kDeviceFields);
  out.Number(static_cast<uint64_t>(token.kind))
      .Id(token.account)
      .Number(token.id)
      .Time(token.issued)
      .Signed(token.epoch);
  return sealer.Seal(SealPurpose::kDeviceToken, out.View());
}

std::optional<DeviceToken> DecodeDeviceToken(std::string_view plain) {
  Reader in(plain, kDeviceFields);
  DeviceToken token{
      .kind = static_cast<DeviceToken::Kind>(in.Number(2)), .account = in.Id(), .id = in.Number()};
  token.issued = in.Time();
  token.epoch = in.Signed();
  in.Require(token.kind == DeviceToken::Kind::kDevice || token.kind == DeviceToken::Kind::kRecovery);
  return in.Finished() ? std::optional(token) : std::nullopt;
}

std::string SealToken(const Sealer& sealer, const AttemptToken& token) {
  const bool shadowed = !token.shadow_charge.empty();
  Writer out(shadowed ? kAttemptFields + 1 : kAttemptFields);
  out.Id(token.account)
      .Id(token.network)
      .Number(token.source)
      .Number(token.reservation)
      .Time(token.charged_at);
  out.Number(static_cast<uint64_t>(token.lane))
      .Number(token.sub)
      .Number(token.proof)
      .Number(token.new_device);
  out.Number(static_cast<uint64_t>(token.factor))
      .Number(token.counted ? 1 : 0)
      .Number(token.degraded ? 1 : 0);
  out.Number(token.tag ? *token.tag + 1U : 0U).Number(token.decision);
  out.Array(token.counters.size() * 6);
  for (const TokenCounter& counter : token.counters) {
    out.Number(counter.signature).Number(counter.sub).Signed(counter.weight).Number(counter.member);
    out.Number(counter.effects).Number(counter.of_network ? 1 : 0);
  }
  if (shadowed) out.Text(token.shadow_charge);
  return sealer.Seal(SealPurpose::kAttemptToken, out.View());
}

std::optional<AttemptToken> DecodeAttemptToken(std::string_view plain) {
  std::optional<AttemptToken> token(std::in_place);
  if (!DecodeInto(plain, *token)) token.reset();
  return token;
}

std::string SealToken(const Sealer& sealer, const ChallengeToken& token) {
  Writer out(kChallengeFields);
  out.Id(token.account).Number(token.id).Time(token.issued);
  return sealer.Seal(SealPurpose::kChallenge, out.View());
}

std::string SealToken(const Sealer& sealer, const FirstFactorToken& token) {
  Writer out(kFirstFactorFields);
  out.Id(token.account).Time(token.passed_at);
  return sealer.Seal(SealPurpose::kFirstFactor, out.View());
}

std::optional<DeviceToken> OpenDeviceToken(const Sealer& sealer, std::string_view sealed) {
  const std::optional<std::string> plain = sealer.Open(SealPurpose::kDeviceToken, sealed);
  return plain ? DecodeDeviceToken(*plain) : std::nullopt;
}

std::optional<AttemptToken> OpenAttemptToken(const Sealer& sealer, std::string_view sealed) {
  const std::optional<std::string> plain = sealer.Open(SealPurpose::kAttemptToken, sealed);
  return plain ? DecodeAttemptToken(*plain) : std::nullopt;
}

bool OpenAttemptTokenInto(const Sealer& sealer, std::string_view sealed, AttemptToken& token) {
  const std::optional<std::string> plain = sealer.Open(SealPurpose::kAttemptToken, sealed);
  return plain && DecodeInto(*plain, token);
}

std::optional<ChallengeToken> OpenChallengeToken(const Sealer& sealer, std::string_view sealed) {
  const std::optional<std::string> plain = sealer.Open(SealPurpose::kChallenge, sealed);
  return plain ? DecodeChallengeToken(*plain) : std::nullopt;
}

std::optional<FirstFactorToken> OpenFirstFactorToken(const Sealer& sealer, std::string_view sealed) {
  const std::optional<std::string> plain = sealer.Open(SealPurpose::kFirstFactor, sealed);
  return plain ? DecodeFirstFactorToken(*plain) : std::nullopt;
}

}  // namespace latchkey
