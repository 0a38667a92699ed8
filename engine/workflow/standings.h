// Standings: evidence about accounts that dependent workflows may use.
//
// "Suspected" and "under attack" come from evidence, always keep commitments and end by silence.
// "Compromised" is only ever set by people, and only people take it back. Every change has a number, so that
// a follower learns all of them, in order and without gaps, or is told that it has missed some.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/base/sequence_ring.h"
#include "engine/base/wakers.h"

namespace latchkey {

// Gravest last.
enum class StandingState : uint8_t { kGood = 0, kSuspected = 1, kUnderAttack = 2, kCompromised = 3 };

struct Standing {
  Key account_key;
  std::string tenant;
  std::string account;
  StandingState state = StandingState::kGood;
  TimePoint start;     // meaningless for what was never anything but good
  TimePoint end;       // suspected and under attack only
  std::string reason;  // one sentence
  std::string author;  // empty: evidence

  [[nodiscard]] bool keeps_commitments() const { return state != StandingState::kCompromised; }
};

// Whose standing.
struct StandingSubject {
  Key key;
  std::string_view tenant;
  std::string_view account;
};

// Thread-safe.
class Standings {
 public:
  struct Limits {
    size_t accounts_max = 100'000;
    size_t changes_max = 10'000;  // kept for followers
    size_t followers_max = 256;
  };

  // `instance` tells the cursors of this process from those of another.
  Standings(Limits limits, uint64_t instance);

  // Good when nothing is known.
  Standing Get(const StandingSubject& subject, TimePoint now);

  // Notes evidence: `state` is suspected or under attack, and ends `hold` after the last such note. Never
  // weakens what is graver. When full, the evidence that ends first is forgotten.
  void Observe(const StandingSubject& subject, StandingState state, std::string_view reason, Duration hold,
               TimePoint now);

  // By people: compromised, or good again. kInvalidArgument for another state; kResourceExhausted when full
  // of what people have set.
  absl::StatusOr<Standing> Set(const StandingSubject& subject, StandingState state, std::string_view author,
                               std::string_view reason, TimePoint now);

  struct Changes {
    std::vector<Standing> standings;   // as they were right after each change, oldest first
    std::vector<std::string> cursors;  // after each
    std::string cursor;                // where to read on
  };
  // The cursor after the latest change.
  std::string Cursor(TimePoint now);
  // At most `count_max` changes after the cursor. kOutOfRange when some are no longer kept or the cursor is
  // of another process; kInvalidArgument when it is none.
  absl::StatusOr<Changes> ChangesAfter(std::string_view cursor, size_t count_max, TimePoint now);

  // Ends what is due. All calls do; a timer calls it for followers' sake.
  void Advance(TimePoint now);

  // Wakes at each change. Null when there are too many followers.
  [[nodiscard]] Wakers::Subscription Follow(std::function<void()> wake) {
    return wakers_.Add(std::move(wake));
  }

 private:
  struct End {
    TimePoint at;
    Key key;
    bool operator<(const End& other) const {
      return std::tie(at, key.high, key.low) < std::tie(other.at, other.key.high, other.key.low);
    }
  };

  void EndDue(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes the new standing and tells followers later; the caller wakes them once unlocked.
  void Change(Standing standing) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets the evidence that ends first when there is no room. False when there is none to forget.
  bool MakeRoom(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string CursorOf(uint64_t position) const;

  const Limits limits_;
  const std::string instance_;
  Wakers wakers_;
  Mutex mutex_;
  absl::flat_hash_map<Key, Standing> standings_ ABSL_GUARDED_BY(mutex_);  // none is good
  std::set<End> ends_ ABSL_GUARDED_BY(mutex_);
  SequenceRing<Standing> changes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
