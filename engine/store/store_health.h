// How the store is: for metrics, `latchkey status` and people.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/store/shard_watch.h"

namespace latchkey {

struct StoreHealth {
  struct Shard {
    std::string name;
    bool up = false;
    Duration skew{0};  // its clock less this node's
  };
  // Of a store that is this node's own memory.
  struct Memory {
    uint64_t records = 0;
    uint64_t records_max = 0;
    uint64_t bytes = 0;  // of records, with what each costs besides
    uint64_t bytes_max = 0;
    uint64_t held_bytes = 0;  // taken of the system for records, in use or not
    uint64_t overflowed = 0;  // writes to records that many share, since there was room for no more of them
    uint64_t refused = 0;     // calls that found no room at all
  };
  std::string store;  // "memory", "redis://…"
  bool up = true;     // every shard can be asked, and is this environment's
  std::vector<Shard> shards;
  std::vector<StoreIncident> incidents;                         // the latest, newest first
  std::array<uint64_t, kStoreIncidentKinds> incident_counts{};  // by kind, since the start
  uint64_t waiting_to_merge = 0;  // records counted here while the store was gone
  uint64_t merged = 0;
  bool restoring = false;  // what this node remembers is being put back
  uint64_t restored = 0;
  uint64_t not_restored = 0;
  uint64_t remembered_bytes = 0;
  std::optional<Memory> memory;
  // For how long this node has not been able to read what others have revoked.
  Duration revocations_behind{0};
};

// Thread-safe.
class StoreHealthSource {
 public:
  virtual ~StoreHealthSource() = default;
  [[nodiscard]] virtual StoreHealth Health() const = 0;
};

}  // namespace latchkey
