#include "engine/assess/decision.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "engine/base/hex.h"

namespace latchkey {

std::string_view ActionName(Action action) {
  constexpr std::array<std::string_view, 5> kNames = {"", "ALLOW", "THROTTLE", "CHALLENGE", "LOCKOUT"};
  return kNames[static_cast<size_t>(action)];
}

std::string_view ScopeName(Scope scope) {
  constexpr std::array<std::string_view, 7> kNames = {"",        "account lane", "device", "source",
                                                      "network", "tenant",       "asn"};
  return kNames[static_cast<size_t>(scope)];
}

std::array<char, 18> DecisionIdChars(uint64_t id) {
  std::array<char, 18> text{'d', '-'};
  const auto digits = HexDigits(id);
  std::copy(digits.begin(), digits.end(), text.begin() + 2);
  return text;
}

std::string DecisionIdText(uint64_t id) {
  const std::array<char, 18> text = DecisionIdChars(id);
  return {text.data(), text.size()};
}

std::optional<uint64_t> ParseDecisionId(std::string_view text) {
  uint64_t id = 0;
  if (text.size() != 18 || text.substr(0, 2) != "d-" ||
      !absl::SimpleHexAtoi(std::string(text.substr(2)), &id))
    return std::nullopt;
  return id;
}

}  // namespace latchkey
