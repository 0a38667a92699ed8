// An Attempt: one valid try to log in. An invalid one cannot be built.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "engine/attempt/factor.h"
#include "engine/attempt/source.h"
#include "engine/base/clock.h"

namespace latchkey {

// How a challenge can be shown or was passed. The numbers are those of latchkey.v1.ChallengeKind.
enum class ChallengeKind : uint8_t { kCaptcha = 1, kProofOfWork = 2, kEmailLink = 3, kPushPrompt = 4 };

// A challenge brought back. `attested`: the calling service vouches that it was passed.
template <typename Text>
struct BasicChallengeProof {
  Text challenge_id;
  bool attested = false;
};

// What a caller says of an attempt, unchecked.
template <typename Text>
struct BasicAttemptFields {
  Text tenant = "default";
  Text account;
  Text source;
  Text path = "web";
  absl::InlinedVector<ChallengeKind, 8> challenge_kinds;
  Factor factor = Factor::kPassword;
  Text device_token;
  Text recovery_token;
  std::optional<BasicChallengeProof<Text>> challenge_proof;
  std::optional<uint16_t> account_tag;
  std::optional<uint16_t> tenant_tag;
  bool popular_password = false;
  std::optional<TimePoint> credentials_changed_at;
  Text group;
  uint32_t asn = 0;  // 0: not known
  Text first_factor_token;
  Text request_id;
  Text caller;  // the authenticated identity of the calling service
};

// Keeps its names.
using AttemptFields = BasicAttemptFields<std::string>;
using ChallengeProof = BasicChallengeProof<std::string>;
// Looks at names that somebody else keeps: nearly all of them are only hashed.
using AttemptView = BasicAttemptFields<std::string_view>;

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
  // The same of names that live as long as `keeper`, which the attempt holds, or else longer than the attempt
  // and its copies.
  [[nodiscard]] static absl::StatusOr<Attempt> Create(const AttemptView& fields,
                                                      std::shared_ptr<const void> keeper);

  [[nodiscard]] const AttemptView& fields() const { return fields_; }
  [[nodiscard]] const Source& source() const { return source_; }

 private:
  Attempt(const AttemptView& fields, Source source, std::shared_ptr<const void> keeper)
      : fields_(fields), source_(source), keeper_(std::move(keeper)) {}
  AttemptView fields_;
  Source source_;
  std::shared_ptr<const void> keeper_;
};

// "tenant: …" when the name is not 1 to 64 of [A-Za-z0-9._-].
[[nodiscard]] absl::Status CheckName(std::string_view field, std::string_view value);
[[nodiscard]] absl::Status CheckAccount(std::string_view account);

}  // namespace latchkey
