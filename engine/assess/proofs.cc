#include "engine/assess/proofs.h"

#include "engine/attempt/token_skew.h"
#include "engine/attempt/tokens.h"

namespace latchkey {
namespace {

constexpr Duration kFirstFactorLife = std::chrono::minutes(10);

bool Lives(TimePoint issued, Duration life, TimePoint now) {
  return issued <= now + kTokenSkewMax && issued + life > now;
}

}  // namespace

Proofs ProofReader::Read(const Attempt& attempt, const Key& account, const Policy& policy,
                         TimePoint now) const {
  const AttemptView& fields = attempt.fields();
  Proofs proofs;
  auto open = [&](std::string_view text, DeviceToken::Kind kind,
                  Duration life) -> std::optional<Proofs::Token> {
    if (text.empty()) return std::nullopt;
    const std::optional<DeviceToken> token = OpenDeviceToken(sealer_, text);
    if (!token || token->kind != kind || token->account != account || !Lives(token->issued, life, now))
      return std::nullopt;
    if (fields.credentials_changed_at && token->issued < *fields.credentials_changed_at) return std::nullopt;
    if (token->epoch < revocations_.EpochOf(account) || revocations_.IsRevoked(token->id))
      return std::nullopt;
    return Proofs::Token{.id = token->id, .epoch = token->epoch};
  };
  proofs.device = open(fields.device_token, DeviceToken::Kind::kDevice, policy.spec().device.token_ttl);
  proofs.recovery =
      open(fields.recovery_token, DeviceToken::Kind::kRecovery, policy.spec().recovered.token_ttl);
  if (fields.challenge_proof && fields.challenge_proof->attested) {
    const std::optional<ChallengeToken> token =
        OpenChallengeToken(sealer_, fields.challenge_proof->challenge_id);
    if (token && token->account == account && Lives(token->issued, policy.spec().challenged.valid, now))
      proofs.challenge = token->id;
  }
  return proofs;
}

bool ProofReader::FirstFactorPassed(const Attempt& attempt, const Key& account, TimePoint now) const {
  const std::optional<FirstFactorToken> token =
      OpenFirstFactorToken(sealer_, attempt.fields().first_factor_token);
  return token && token->account == account && Lives(token->passed_at, kFirstFactorLife, now);
}

}  // namespace latchkey
