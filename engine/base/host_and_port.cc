#include "engine/base/host_and_port.h"

#include "absl/strings/numbers.h"
#include "engine/base/text.h"

namespace latchkey {

bool IsHostAndPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (!bracketed && host.find_first_of(":[]/ ") != std::string_view::npos) return false;
  const std::string_view port = text.substr(colon + 1);
  int number = 0;
  return port.find_first_not_of("0123456789") == std::string_view::npos &&
         absl::SimpleAtoi(ToAbsl(port), &number) && number <= 65535;
}

}  // namespace latchkey
