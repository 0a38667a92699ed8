// The scripts of the store: scripts/*.lua, compiled into the program, behind the engine's bounds.
#pragma once

#include "adapters/redis/script.h"

namespace latchkey {

// Immutable; thread-safe. What each takes and answers stands at the top of its file.
struct Scripts {
  Script charge;          // scripts/charge.lua
  Script settle;          // scripts/settle.lua
  Script network_charge;  // scripts/networkcharge.lua
  Script network_change;  // scripts/networkchange.lua
  Script read;            // scripts/read.lua
  Script swap;            // scripts/swap.lua
  Script watch;           // scripts/watch.lua
  Script revoke;          // scripts/revoke.lua
  Script stats;           // scripts/stats.lua
  Script book_put;        // scripts/bookput.lua
  Script book_read;       // scripts/bookread.lua
};

[[nodiscard]] const Scripts& StoreScripts();

}  // namespace latchkey
