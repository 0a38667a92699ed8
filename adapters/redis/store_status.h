// What the store's callers hear of a script that failed.
#pragma once

#include "absl/status/status.h"

namespace latchkey {

// The scripts' own errors by their meaning (DATA_LOSS, UNIMPLEMENTED); every other status as it is.
[[nodiscard]] inline absl::Status StoreStatus(const absl::Status& status) {
  const absl::string_view message = status.message();
  if (message.find("LKDATA") != absl::string_view::npos) {
    return absl::DataLossError("Redis holds bytes that are not a record");
  }
  if (message.find("LKVERSION") != absl::string_view::npos) {
    return absl::UnimplementedError("Redis holds a record of an unknown version");
  }
  return status;
}

}  // namespace latchkey
