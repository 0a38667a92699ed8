// Whether the store is still the one it was: what one look at a shard's stamp says, next to the looks before.
//
// Each shard keeps a stamp: the environment it belongs to, a random id made when it was first stamped, and a
// counter that every node raises at every look. A stamp that is gone or has another id was wiped; a counter
// below what this node saw before was rolled back; another primary than before has failed over (or was
// started anew) even when nothing was lost, unless the stamp's slot has only moved between primaries that
// both serve. Values of what was seen, no store: pure, and tested so.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/mutex.h"

namespace latchkey {

enum class StoreIncidentKind : uint8_t {
  kWiped = 0,
  kRolledBack = 1,
  kFailedOver = 2,
  kForeignEnvironment = 3,
};
inline constexpr int kStoreIncidentKinds = 4;
// "wiped", "rolled_back", "failed_over", "foreign_environment".
[[nodiscard]] std::string_view StoreIncidentName(StoreIncidentKind kind);

struct StoreIncident {
  StoreIncidentKind kind = StoreIncidentKind::kWiped;
  TimePoint at;       // this node's clock
  TimePoint whole;    // when the shard was last known to be whole, by its own clock
  std::string shard;  // its name
  std::string text;   // what happened and what is done about it, for people
};

// What a look found.
struct ShardLook {
  std::string environment;  // the stamp's, before this look; empty: there was no stamp
  std::string id;           // the stamp's, as it is now
  int64_t counter = 0;      // before this look raised it
  int64_t raised = 0;       // after
  std::string primary;      // which process answers; empty: not known
  TimePoint server;         // its clock
  Duration skew{0};         // its clock less this node's
  bool fresh = false;       // this look made the stamp
};

// A look, and at which shard: the one that holds the stamp of `tag`.
struct LookedAt {
  std::string shard;  // its name
  std::string tag;
  ShardLook look;
};

// The shards of one store. Thread-compatible.
class ShardWatch {
 public:
  explicit ShardWatch(std::string environment) : environment_(std::move(environment)) {}

  // Takes note of one round of looks, at all shards that answered; what they mean.
  std::vector<StoreIncident> Take(std::vector<LookedAt> round, TimePoint now);

  // Whether this shard's stamp was seen and is of our environment.
  [[nodiscard]] bool Ours(const std::string& tag) const;
  // Whether any shard's stamp is of another environment.
  [[nodiscard]] bool AnyForeign() const;

 private:
  struct Known {
    std::string id;
    int64_t counter = 0;
    std::string primary;
    TimePoint server;
    bool foreign = false;
  };
  std::optional<StoreIncident> Take(const LookedAt& seen, const std::vector<LookedAt>& round, TimePoint now);
  // Whether a stamp that went from one primary to another was moved there with its slot.
  [[nodiscard]] bool Moved(const LookedAt& seen, const std::string& from,
                           const std::vector<LookedAt>& round) const;

  const std::string environment_;
  std::map<std::string, Known> shards_;
  std::vector<LookedAt> last_round_;
};

// The latest incidents, for people. Thread-safe.
class StoreIncidents {
 public:
  static constexpr size_t kKept = 32;
  void Add(StoreIncident incident) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::vector<StoreIncident> Latest() const ABSL_LOCKS_EXCLUDED(mutex_);  // newest first

 private:
  mutable Mutex mutex_;
  std::deque<StoreIncident> incidents_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
