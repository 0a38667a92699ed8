// The file of callers: who may call, with which key or certificate, in which roles.
//
//   - name: shop-auth
//     sha256: 5e88…            # of the API key: printf %s "$KEY" | sha256sum
//     roles: [reporter]
//     environment: prod         # optional: the key is refused elsewhere
//   - name: ops-ann
//     common_name: ann@example  # of a client certificate that tls.client_ca has signed
//     roles: [operator, viewer]
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "adapters/grpc/caller_auth.h"

namespace latchkey {

// Every mistake is said, with line and column.
[[nodiscard]] absl::StatusOr<CallerAuthSettings> ReadCallersFile(const std::string& path,
                                                                 const std::string& environment);

}  // namespace latchkey
