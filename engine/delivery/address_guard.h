// Which addresses messages may be sent to: none that only this machine or network can reach, unless said.
//
// A target is configured by operators, but its name is resolved by others: one that points to a metadata
// service or into the own network would make the service a messenger of strangers (SSRF). The guard is asked
// about the address that is connected to, so it does not matter what the name resolved to before.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace latchkey {

// Immutable.
class AddressGuard {
 public:
  // Networks that are allowed although they are private: "10.1.0.0/16, 127.0.0.1, fd00::/8". Empty: none.
  // kInvalidArgument for what is no network.
  [[nodiscard]] static absl::StatusOr<AddressGuard> Create(std::string_view allowed);

  // An address in network order: 4 or 16 bytes. Others are never allowed.
  [[nodiscard]] bool Allows(std::string_view address) const;

 private:
  struct Network {
    std::string bytes;
    int bits = 0;
  };
  static absl::StatusOr<Network> ParseNetwork(std::string_view text);
  static bool Holds(const Network& network, std::string_view address);
  static bool IsPublic(std::string_view address);

  std::vector<Network> allowed_;
};

}  // namespace latchkey
