#include "adapters/grpc/status_mapping.h"

#include <grpcpp/server_context.h>

#include <algorithm>

namespace latchkey {
namespace {

// google.rpc messages in the wire format, by hand: their descriptors are in no distribution package.
void AppendVarint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7U;
  }
  out.push_back(static_cast<char>(value));
}

std::string Field(int number, std::string_view bytes) {
  std::string out;
  AppendVarint(out, static_cast<uint64_t>(number) << 3U | 2U);
  AppendVarint(out, bytes.size());
  out.append(bytes);
  return out;
}

// google.rpc.Status{code, message, details: [BadRequest{field_violations: [{field, description}]}]}.
std::string BadRequestDetails(int code, std::string_view message, std::string_view field) {
  const std::string violation = Field(1, field) + Field(2, message.substr(field.size() + 2));
  const std::string any =
      Field(1, "type.googleapis.com/google.rpc.BadRequest") + Field(2, Field(1, violation));
  std::string status;
  AppendVarint(status, 1U << 3U);
  AppendVarint(status, static_cast<uint64_t>(code));
  return status + Field(2, message) + Field(3, any);
}

// Longer messages stand alone: details would hold them twice more.
constexpr size_t kDetailedMax = 500;

// Clients take 8 KiB of trailers by default and lose the whole answer beyond that.
std::string Shortened(std::string_view message) {
  constexpr size_t kMessageMax = 2000;
  if (message.size() <= kMessageMax) return std::string(message);
  const size_t line = message.substr(0, kMessageMax).rfind('\n');
  return std::string(message.substr(0, line == std::string_view::npos ? kMessageMax : line)) + "\n(and more)";
}

}  // namespace

std::string_view FieldOf(std::string_view message) {
  const size_t end = message.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789.[]");
  if (end == 0 || end == std::string_view::npos || message.substr(end, 2) != ": ") return {};
  return message.substr(0, end);
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message = Shortened({status.message().data(), status.message().size()});
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return {code, "the server could not do its work; its log says why"};
    case absl::StatusCode::kInvalidArgument:
      if (const std::string_view field = FieldOf(message); !field.empty() && message.size() <= kDetailedMax) {
        return {code, message, BadRequestDetails(code, message, field)};
      }
      return {code, message};
    default:
      return {code, message};
  }
}

Duration TimeLeft(const grpc::ServerContextBase& context, Duration most) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return most;  // It was not set.
  const auto now = std::chrono::system_clock::now();
  if (deadline > now + most) return most;
  return std::chrono::floor<Duration>(deadline - now);
}

}  // namespace latchkey
