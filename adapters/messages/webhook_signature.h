// The signature of webhooks, as Standard Webhooks has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace latchkey {

// The value of `webhook-signature`: for each secret "v1," and the base64 of HMAC-SHA256 over
// "<id>.<timestamp>.<body>", with a space between.
[[nodiscard]] std::string WebhookSignature(const std::vector<std::string>& secrets, std::string_view id,
                                           int64_t timestamp_seconds, std::string_view body);

}  // namespace latchkey
