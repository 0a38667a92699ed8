// PolicyReader of YAML texts: syntax, words and meaning, everything wrong at once with line and column.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/policy_file/problems.h"
#include "engine/policy/policy_reader.h"

namespace latchkey {

// Thread-safe: keeps nothing.
class YamlPolicyReader final : public PolicyReader {
 public:
  [[nodiscard]] PolicyReading Read(std::string_view text, int64_t revision) const override;
};

// A file's text. A status when it cannot be read or is longer than a policy can be (1 MiB).
[[nodiscard]] absl::StatusOr<std::string> ReadPolicyText(const std::string& path);

// OK for a policy; else InvalidArgument with one "file:line:column: …" line a problem.
[[nodiscard]] absl::Status StatusOf(const PolicyReading& reading, std::string_view file);

}  // namespace latchkey
