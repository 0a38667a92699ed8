// Reads requests where they lie: their names are looked at, and no message is made of them but where
// something is unusual.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "adapters/grpc/guard_codec.h"
#include "engine/assess/reporter.h"
#include "engine/attempt/attempt.h"

namespace latchkey {

// What the message's own parser and Decode would make of these bytes, but for the caller; the names look at
// them. Nothing for whatever is not usual: a field that is not known or seldom sent, a name that is not
// ASCII, anything that is wrong. Those two have the word then.
[[nodiscard]] std::optional<AttemptView> ReadUsualRequest(std::string_view bytes);
[[nodiscard]] std::optional<Report> ReadUsualReport(std::string_view bytes);

// A message that was made of bytes for somebody who looks at it; null while they are usual.
using KeptMessage = std::unique_ptr<google::protobuf::MessageLite>;

// The attempt in the bytes of an AssessRequest; kInvalidArgument when they are none, or as Decode. Looks at
// the bytes or at `message`, and at the caller's name: all of them live longer than it, or as long as
// `keeper`, which it holds.
[[nodiscard]] absl::StatusOr<Attempt> AttemptIn(std::string_view bytes, KeptMessage& message,
                                                std::string_view caller, const ServedTenants& tenants,
                                                const Clock& clock,
                                                std::shared_ptr<const void> keeper = nullptr);
// The same of a ReportRequest.
[[nodiscard]] absl::StatusOr<Report> ReportIn(std::string_view bytes, KeptMessage& message);

}  // namespace latchkey
