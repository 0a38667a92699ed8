#include "engine/assess/observer.h"

#include <array>

namespace latchkey {

std::string_view OutcomeName(Outcome outcome) {
  constexpr std::array<std::string_view, 7> kNames = {
      "", "right", "wrong", "unknown_account", "wrong_second_factor", "login_complete", "not_verified"};
  return kNames[static_cast<size_t>(outcome)];
}

}  // namespace latchkey
