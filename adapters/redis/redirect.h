// What an error reply of a server among several asks of the client: pure functions.
#pragma once

#include <cstdint>

#include "adapters/redis/node_address.h"
#include "adapters/redis/resp.h"

namespace latchkey {

// A plain value.
struct Redirect {
  enum class Kind : uint8_t {
    kAnswer,          // The reply is the command's answer: do nothing.
    kMoved,           // Ask `to`, now and for this slot from now on.
    kAsk,             // Ask `to`, this once, after ASKING.
    kRest,            // Not executed; ask the same again a little later. (TRYAGAIN)
    kRestAndRefresh,  // Not executed; somebody else may be in charge. (CLUSTERDOWN, LOADING, READONLY, …)
  };
  Kind kind = Kind::kAnswer;
  NodeAddress to;  // kMoved, kAsk
};

// `asked` is who gave the reply; its host stands for one that is not named. A MOVED or ASK that cannot be
// read is the answer.
[[nodiscard]] Redirect RedirectOf(const Reply& reply, const NodeAddress& asked);

}  // namespace latchkey
