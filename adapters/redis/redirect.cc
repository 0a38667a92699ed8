#include "adapters/redis/redirect.h"

#include <array>
#include <string_view>

#include "absl/strings/numbers.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

// "MOVED 3999 127.0.0.1:6381": the address, whose host may be missing, an IPv6 address or a name.
bool ReadAddress(std::string_view text, const NodeAddress& asked, NodeAddress& out) {
  const size_t space = text.rfind(' ');
  const size_t colon = text.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return false;
  int port = 0;
  if (!absl::SimpleAtoi(ToAbsl(text.substr(colon + 1)), &port) || port < 1 || port > 65535) return false;
  const std::string_view host = text.substr(space + 1, colon - space - 1);
  out.host = host.empty() || host == "?" ? asked.host : std::string(host);
  out.port = static_cast<uint16_t>(port);
  return true;
}

}  // namespace

Redirect RedirectOf(const Reply& reply, const NodeAddress& asked) {
  using Kind = Redirect::Kind;
  if (!reply.IsError()) return {};
  Redirect redirect;
  if (reply.IsError("MOVED") || reply.IsError("ASK")) {
    if (!ReadAddress(reply.text, asked, redirect.to)) return {};
    redirect.kind = reply.IsError("ASK") ? Kind::kAsk : Kind::kMoved;
  } else if (reply.IsError("TRYAGAIN")) {
    redirect.kind = Kind::kRest;
  } else {
    for (std::string_view code :
         std::array<std::string_view, 4>{"CLUSTERDOWN", "LOADING", "READONLY", "MASTERDOWN"}) {
      if (reply.IsError(code)) redirect.kind = Kind::kRestAndRefresh;
    }
  }
  return redirect;
}

}  // namespace latchkey
