// An Attempt: one valid try to log in. An invalid one cannot be built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/attempt/factor.h"
#include "engine/attempt/source.h"
#include "engine/base/clock.h"

namespace latchkey {

// How a challenge can be shown or was passed. The numbers are those of latchkey.v1.ChallengeKind.
enum class ChallengeKind : uint8_t { kCaptcha = 1, kProofOfWork = 2, kEmailLink = 3, kPushPrompt = 4 };

// A challenge brought back. `attested`: the calling service vouches that it was passed.
struct ChallengeProof {
  std::string challenge_id;
  bool attested = false;
};

// What a caller says of an attempt, unchecked.
struct AttemptFields {
  std::string tenant = "default";
  std::string account;
  std::string source;
  std::string path = "web";
  std::vector<ChallengeKind> challenge_kinds;
  Factor factor = Factor::kPassword;
  std::string device_token;
  std::string recovery_token;
  std::optional<ChallengeProof> challenge_proof;
  std::optional<uint16_t> account_tag;
  std::optional<uint16_t> tenant_tag;
  bool popular_password = false;
  std::optional<TimePoint> credentials_changed_at;
  std::string group;
  uint32_t asn = 0;  // 0: not known
  std::string first_factor_token;
  std::string request_id;
  std::string caller;  // the authenticated identity of the calling service
};

// Bounds of fields, in bytes.
inline constexpr size_t kAccountMax = 1024;
inline constexpr size_t kNameMax = 64;  // tenant, path, group
inline constexpr size_t kTokenMax = 2048;
inline constexpr size_t kRequestIdMax = 128;

// Immutable. Account ids are opaque bytes: no folding of case or Unicode.
class Attempt {
 public:
  // kInvalidArgument naming the field ("account: …") for whatever is out of bounds. A token or proof is not
  // looked into here: one that does not hold makes a stranger, never an error.
  [[nodiscard]] static absl::StatusOr<Attempt> Create(AttemptFields fields);

  [[nodiscard]] const AttemptFields& fields() const { return fields_; }
  [[nodiscard]] const Source& source() const { return source_; }

 private:
  Attempt(AttemptFields fields, Source source) : fields_(std::move(fields)), source_(source) {}
  AttemptFields fields_;
  Source source_;
};

// "tenant: …" when the name is not 1 to 64 of [A-Za-z0-9._-].
[[nodiscard]] absl::Status CheckName(std::string_view field, std::string_view value);
[[nodiscard]] absl::Status CheckAccount(std::string_view account);

}  // namespace latchkey
