// Explanations for the wire, with a text for people.
#pragma once

#include <string>

#include "engine/assess/assessor.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey {

void Encode(const Explanation& explanation, const google::protobuf::RepeatedField<int>& kinds,
            v1::ExplainResponse* out);

// "LOCKOUT in lane stranger until 2026-11-21T12:00:00Z.\n25 failures by account in 24h; the limit is 25 …".
[[nodiscard]] std::string ExplanationText(const Explanation& explanation);

}  // namespace latchkey
