// What is wrong with a call so that it must not share a frame with others: text that is not UTF-8, which no
// server can parse, or a size that no server takes. Either would lose the whole stream.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey::client {

inline constexpr size_t kItemBytesMax = size_t{32} << 10U;  // what is valid has far less

// kInvalidArgument that begins with the field, as Latchkey's own: "account: is not UTF-8".
[[nodiscard]] absl::Status CheckItem(const v1::AssessRequest& attempt);
[[nodiscard]] absl::Status CheckItem(const v1::ReportRequest& report);

[[nodiscard]] bool IsUtf8(const std::string& text);

}  // namespace latchkey::client
