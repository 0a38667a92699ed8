// How failures of ours become errors of gRPC, and deadlines of gRPC become spans of ours.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "engine/base/clock.h"

namespace grpc {
class ServerContextBase;
}

namespace latchkey {

// The same code and message. A message of kInvalidArgument that begins with a field ("source: not an
// address") carries google.rpc.BadRequest details too. Longer than 2,000 bytes it is cut at a line. Of
// failures inside ours (kInternal, kUnknown, kDataLoss) callers learn the code only: the detail belongs into
// the log.
[[nodiscard]] grpc::Status ToGrpc(const absl::Status& status);

// The field that a message of kInvalidArgument begins with; empty when it begins with none.
[[nodiscard]] std::string_view FieldOf(std::string_view message);

// How long the caller still waits, at most `most`. Not positive: the deadline has passed.
[[nodiscard]] Duration TimeLeft(const grpc::ServerContextBase& context, Duration most);

}  // namespace latchkey
