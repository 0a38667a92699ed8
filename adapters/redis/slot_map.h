// Which server holds which keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/hash_slot.h"
#include "adapters/redis/node_address.h"
#include "adapters/redis/resp.h"

namespace latchkey {

// Immutable once built; thread-safe then.
struct SlotMap {
  static constexpr uint16_t kNobody = 0xFFFF;

  struct Primary {
    NodeAddress address;
    std::string tag;  // TagIn of its slots.
  };

  std::vector<Primary> primaries;
  std::vector<uint16_t> owner = std::vector<uint16_t>(kHashSlots, kNobody);  // Index into primaries.

  // Null: nobody serves this slot.
  [[nodiscard]] const NodeAddress* Of(uint16_t slot) const {
    return owner[slot] == kNobody ? nullptr : &primaries[owner[slot]].address;
  }
  [[nodiscard]] bool complete() const;
};

// All slots on one server.
[[nodiscard]] SlotMap WholeMap(const NodeAddress& server, std::string_view environment);

// The answer to CLUSTER SLOTS of the server at `asked`, whose host stands for one that is not announced. Each
// tag is "<environment>:s:" and the smallest number whose slot that primary has. INTERNAL for a reply that
// is not an answer, UNAVAILABLE when nobody serves anything.
[[nodiscard]] absl::StatusOr<SlotMap> ParseClusterSlots(const Reply& reply, const NodeAddress& asked,
                                                        std::string_view environment);

}  // namespace latchkey
