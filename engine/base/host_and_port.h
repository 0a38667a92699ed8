// "127.0.0.1:7450": an address as flags and settings write it.
#pragma once

#include <string_view>

namespace latchkey {

// A host (IPv6 in brackets) and a port from 0 to 65535. gRPC takes a larger port modulo 65536 and one that is
// missing as any, so it is not left to judge.
[[nodiscard]] bool IsHostAndPort(std::string_view text);

}  // namespace latchkey
