#include "engine/delivery/address_guard.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kV4 = 4;
constexpr size_t kV6 = 16;
constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12);

// What the registries of special addresses (IANA) list as not globally reachable, with multicast, transition
// mechanisms that carry another address inside, and the one metadata service that has a public address.
constexpr std::array<std::string_view, 20> kSpecial = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",    "168.63.129.16/32",
    "2001::/23",     "2001:db8::/32",   "2002::/16",      "3ffe::/16",      "3fff::/20"};
// The only part of IPv6 that is given out.
constexpr std::string_view kGlobalV6 = "2000::/3";

}  // namespace

absl::StatusOr<AddressGuard::Network> AddressGuard::ParseNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  std::array<char, kV6> bytes{};
  Network network;
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    network.bytes.assign(bytes.data(), kV4);
  } else if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
    network.bytes.assign(bytes.data(), kV6);
  } else {
    return absl::InvalidArgumentError(absl::StrCat("'", ToAbsl(text), "' is no address or network"));
  }
  const int most = static_cast<int>(network.bytes.size()) * 8;
  network.bits = most;
  if (slash != std::string_view::npos && (!absl::SimpleAtoi(ToAbsl(text.substr(slash + 1)), &network.bits) ||
                                          network.bits < 0 || network.bits > most)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", ToAbsl(text), "': the part after / must be 0 to ", most));
  }
  return network;
}

bool AddressGuard::Holds(const Network& network, std::string_view address) {
  if (network.bytes.size() != address.size()) return false;
  for (int bit = 0; bit < network.bits; ++bit) {
    const auto byte = static_cast<size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((network.bytes[byte] ^ address[byte]) & mask) != 0) return false;
  }
  return true;
}

bool AddressGuard::IsPublic(std::string_view address) {
  static const auto* const kNever = [] {
    auto* all = new std::vector<Network>;
    for (const std::string_view text : kSpecial) all->push_back(*ParseNetwork(text));
    return all;
  }();
  static const auto* const kGlobal = new Network(*ParseNetwork(kGlobalV6));
  if (address.size() == kV6 && !Holds(*kGlobal, address)) return false;
  return std::none_of(kNever->begin(), kNever->end(),
                      [address](const Network& network) { return Holds(network, address); });
}

absl::StatusOr<AddressGuard> AddressGuard::Create(std::string_view allowed) {
  AddressGuard guard;
  for (absl::string_view part : absl::StrSplit(ToAbsl(allowed), ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (part.empty()) continue;
    LATCHKEY_ASSIGN_OR_RETURN(Network network, ParseNetwork({part.data(), part.size()}));
    guard.allowed_.push_back(std::move(network));
  }
  return guard;
}

bool AddressGuard::Allows(std::string_view address) const {
  if (address.size() == kV6 && address.substr(0, kMapped.size()) == kMapped)
    address.remove_prefix(kMapped.size());
  if (address.size() != kV4 && address.size() != kV6) return false;
  return IsPublic(address) ||
         std::any_of(allowed_.begin(), allowed_.end(),
                     [address](const Network& network) { return Holds(network, address); });
}

}  // namespace latchkey
