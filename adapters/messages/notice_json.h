// Notices as JSON: the body of a webhook, and the claims of a security event token.
#pragma once

#include <optional>
#include <string>

#include "engine/delivery/notice.h"
#include "engine/delivery/target.h"

namespace latchkey {

// What a sentence for people may hold. kNames: the server shows names, so that a sentence may have some, and
// is left out for targets that are shown none.
enum class TextsMayHold : uint8_t { kPseudonyms, kNames };

// {"type": …, "timestamp": …, "data": {…}}, as Standard Webhooks recommends.
[[nodiscard]] std::string WebhookBody(const DeliveryTarget& target, const Notice& notice,
                                      const std::string& environment, TextsMayHold texts);

// The claims of a security event token (RFC 8417) about one event: CAEP's risk-level-change for a standing,
// SSF's verification for a test. Never RISC's account-disabled: receivers would lock the victim out
// everywhere, which is what the attacker wants. Nothing for what has no event: other notices, and a change
// that leaves the level as it was.
[[nodiscard]] std::optional<std::string> SecurityEventClaims(const DeliveryTarget& target,
                                                             const Notice& notice, TextsMayHold texts);

}  // namespace latchkey
