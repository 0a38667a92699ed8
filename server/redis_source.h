// The store in Redis, with what is around it: the memory of its records, the store that counts without it,
// the keeper that watches and mends it.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "server/store_source.h"

namespace latchkey {

// See StoreSource::Open.
[[nodiscard]] absl::StatusOr<std::unique_ptr<StoreSource>> OpenRedisSource(const ServerSettings& settings,
                                                                           const Clock& clock,
                                                                           RandomSource& random,
                                                                           ServiceLog& log);

// See StoreSource::Check.
[[nodiscard]] absl::Status CheckRedisSource(const ServerSettings& settings);

}  // namespace latchkey
