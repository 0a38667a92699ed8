// What of a Redis breaks a promise of the README, and the mend. Pure functions of facts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/inspection.h"

namespace latchkey {

enum class Gravity : uint8_t {
  kBroken,  // A promise does not hold, or will not when the next ordinary thing happens (a restart, a
            // failover).
  kRisk,    // It holds, and something that is there to keep it holding is missing.
  kNote,    // Good to know.
};
[[nodiscard]] std::string_view GravityWord(Gravity severity);  // "broken", "risk", "note"

struct StoreFinding {
  Gravity severity = Gravity::kNote;
  std::string check;     // One word for scripts: "eviction".
  std::string where;     // The server.
  std::string what;      // What is there.
  std::string promises;  // "P2, P11"; empty for notes.
  std::string mend;      // What to do.
};

// The gravest first; of the same severity in the order of the servers.
[[nodiscard]] std::vector<StoreFinding> Diagnose(const std::vector<ServerFacts>& servers);

}  // namespace latchkey
