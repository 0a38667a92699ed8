// Secrets of targets, from files that nobody else may read.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace latchkey {

// The bytes of the file. An error that names the file and never what is in it: it cannot be read, others may
// read it, it is empty or longer than 16 KiB.
[[nodiscard]] absl::StatusOr<std::string> ReadPrivateFile(const std::string& path);

// The secret of a webhook: 24 to 64 bytes, written as "whsec_" and base64, or as they are.
[[nodiscard]] absl::StatusOr<std::string> ReadWebhookSecret(const std::string& path);

// One line, as for a header: no control characters.
[[nodiscard]] absl::StatusOr<std::string> ReadHeaderFile(const std::string& path);

}  // namespace latchkey
