#include "engine/policy/rule.h"

#include <array>

namespace latchkey {
namespace {

constexpr std::array<std::string_view, 6> kCounts = {
    "attempts", "failures", "successes", "distinct accounts", "distinct password-tags", "distinct sources"};
constexpr std::array<std::string_view, 6> kKeys = {"account", "source", "network", "asn", "device", "tenant"};

template <typename Enum, size_t size>
std::optional<Enum> FromName(const std::array<std::string_view, size>& names, std::string_view name) {
  for (size_t i = 0; i < size; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view CountKindName(CountKind kind) { return kCounts[static_cast<size_t>(kind)]; }
std::optional<CountKind> CountKindFromName(std::string_view name) {
  return FromName<CountKind>(kCounts, name);
}
std::string_view KeyKindName(KeyKind kind) { return kKeys[static_cast<size_t>(kind)]; }
std::optional<KeyKind> KeyKindFromName(std::string_view name) { return FromName<KeyKind>(kKeys, name); }

std::string_view ConsequenceName(Consequence then) {
  constexpr std::array<std::string_view, 3> kNames = {"challenge", "throttle", "lockout"};
  return kNames[static_cast<size_t>(then)];
}

std::string_view OnStoreLossName(OnStoreLoss on_loss) {
  constexpr std::array<std::string_view, 4> kNames = {"allow", "local", "challenge", "refuse"};
  return kNames[static_cast<size_t>(on_loss)];
}

}  // namespace latchkey
