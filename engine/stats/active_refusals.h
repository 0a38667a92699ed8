// What is closed now, and until when: as the latest refusals said, in bounded memory.
//
// A refusal is in force until the time that it named; what an owner or operator has opened before is not
// known here. One without an end (`until: operator`) is shown for a day after it was last met. Refusals that
// may still be given back within a second are left out.
//
// Thread-compatible.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/decision.h"
#include "engine/attempt/key.h"

namespace latchkey {

struct ActiveRefusal {
  Scope scope = Scope::kAccountLane;
  Lane lane = Lane::kStranger;
  Key subject;       // the pseudonym of what is refused: an account, a source, a network, …
  std::string name;  // empty: not shown
  std::string rule;
  Action action = Action::kThrottle;
  std::optional<TimePoint> until;
  TimePoint seen;       // when it last refused
  int64_t refused = 0;  // how often, since it was first met
};

// Those of several nodes together: the latest word counts, refusals add up. Latest seen first.
[[nodiscard]] std::vector<ActiveRefusal> Merge(const std::vector<std::vector<ActiveRefusal>>& lists);

class ActiveRefusals {
 public:
  // Requires: capacity > 0.
  explicit ActiveRefusals(size_t capacity) : capacity_(capacity) {}

  void Add(ActiveRefusal refusal, TimePoint now);

  // Those in force, latest seen first.
  [[nodiscard]] std::vector<ActiveRefusal> List(TimePoint now);
  // How many were not taken in since the start, for want of room.
  [[nodiscard]] int64_t left_out() const { return left_out_; }
  [[nodiscard]] size_t size() const { return refusals_.size(); }

 private:
  static constexpr Duration kShownWithoutEnd = std::chrono::hours(24);
  struct Id {
    Scope scope;
    Lane lane;
    Key subject;
    bool operator==(const Id&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Id& id) {
      return H::combine(std::move(h), id.scope, id.lane, id.subject);
    }
  };
  [[nodiscard]] static bool Over(const ActiveRefusal& refusal, TimePoint now);
  void DropOver(TimePoint now);

  const size_t capacity_;
  absl::flat_hash_map<Id, ActiveRefusal> refusals_;
  TimePoint swept_;
  int64_t left_out_ = 0;
};

}  // namespace latchkey
