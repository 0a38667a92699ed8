// PolicyReader of YAML texts: syntax, words and meaning, everything wrong at once with line and column.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/policy_file/problems.h"
#include "engine/policy/certificate/certificate.h"
#include "engine/policy/policy_reader.h"

namespace latchkey {

// Thread-safe: never changes.
class YamlPolicyReader final : public PolicyReader {
 public:
  // `token_life`: how long an attempt may await its report, which bounds depend on.
  explicit YamlPolicyReader(Duration token_life = kUsualTokenLife) : token_life_(token_life) {}

  // Refuses a policy that breaks a promise without saying so in `accept_risk`: whatever loads a policy reads
  // it here.
  [[nodiscard]] PolicyReading Read(std::string_view text, int64_t revision) const override;

  // The policy whatever it promises: for those who only want to know what that is.
  [[nodiscard]] PolicyReading ReadUncertified(std::string_view text, int64_t revision) const;

 private:
  Duration token_life_;
};

// A file's text. A status when it cannot be read or is longer than a policy can be (1 MiB).
[[nodiscard]] absl::StatusOr<std::string> ReadPolicyText(const std::string& path);

// OK for a policy; else InvalidArgument with one "file:line:column: …" line a problem.
[[nodiscard]] absl::Status StatusOf(const PolicyReading& reading, std::string_view file);

}  // namespace latchkey
