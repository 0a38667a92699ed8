// The file of targets: who is told what, where and in which form.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/webhook/target_url.h"
#include "engine/delivery/target.h"

namespace latchkey {

// Everything that is wrong is said, with line and column. Paths in it are relative to the process.
[[nodiscard]] absl::StatusOr<std::vector<DeliveryTarget>> ReadTargetsFile(const std::string& path,
                                                                          PlainHttp plain);

}  // namespace latchkey
