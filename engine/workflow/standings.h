// Standings: evidence about accounts that dependent workflows may use.
//
// "Suspected" and "under attack" come from evidence, always keep commitments and end by silence.
// "Compromised" is only ever set by people, and only people take it back. They are a book of the ledger: all
// nodes have the same, and a follower learns every change, in order and without gaps, over restarts and on
// any node, or is told that it has missed some.
#pragma once

#include <functional>
#include <optional>
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
#include "engine/base/wakers.h"
#include "engine/incident/node_ledger.h"

namespace latchkey {

// Gravest last. The numbers are stored: they never change.
enum class StandingState : uint8_t { kGood = 0, kSuspected = 1, kUnderAttack = 2, kCompromised = 3 };

struct Standing {
  Key account_key;
  std::string tenant;
  std::string account;
  StandingState state = StandingState::kGood;
  TimePoint start;          // meaningless for what was never anything but good
  TimePoint end;            // suspected and under attack only
  std::string reason;       // one sentence
  std::string author;       // empty: evidence
  std::string cause;        // which rule or detector has spoken; empty: people
  double confidence = 0;    // 0 … 1
  std::string incident_id;  // where there is one

  [[nodiscard]] bool keeps_commitments() const { return state != StandingState::kCompromised; }
};

// Whose standing.
struct StandingSubject {
  Key key;
  std::string_view tenant;
  std::string_view account;
};

// What speaks for a standing.
struct StandingEvidence {
  StandingState state = StandingState::kSuspected;  // or under attack
  std::string reason;
  std::string cause;
  double confidence = 1;
  std::string incident_id;
};

// Thread-safe, except Advance, which is one thread's.
class Standings final : public BookCopy {
 public:
  struct Limits {
    size_t accounts_max = 100'000;
    size_t noted_max = 10'000;  // between two calls of Advance
  };
  using Done = std::function<void(absl::StatusOr<Standing>)>;

  // Adds itself to `ledger`, which outlives it. Cursors are of this environment.
  Standings(Limits limits, NodeLedger& ledger, std::string environment);

  // Good when nothing is known. From memory, at once.
  Standing Get(const StandingSubject& subject, TimePoint now) const;

  // Notes evidence, on a thread that answers logins; Advance writes it. It ends `hold` after the last such
  // note, or up to a minute later. Never weakens what is graver. When full, new evidence is dropped.
  void Observe(const StandingSubject& subject, const StandingEvidence& evidence, Duration hold,
               TimePoint now);

  // By people: compromised, or good again. kInvalidArgument for another state; kResourceExhausted when full.
  void Set(const StandingSubject& subject, StandingState state, std::string_view author,
           std::string_view reason, TimePoint now, Done done);

  struct Changes {
    std::vector<Standing> standings;   // as they were right after each change, oldest first
    std::vector<std::string> cursors;  // after each
    std::vector<uint64_t> sequences;   // of each: a number that only grows, the same on every node
    std::string cursor;                // where to read on
  };
  // The cursor after the latest change; kUnavailable before the ledger was read.
  absl::StatusOr<std::string> Cursor() const;
  // At most `count_max` changes after the cursor. kOutOfRange when some are no longer kept, or the cursor is
  // of the future; kInvalidArgument when it is none, or of another environment.
  absl::StatusOr<Changes> ChangesAfter(std::string_view cursor, size_t count_max) const;

  // Writes what was noted, and ends what is due.
  void Advance(TimePoint now);

  // Wakes at each change. Null when there are too many followers.
  [[nodiscard]] Wakers::Subscription Follow(std::function<void()> wake) {
    return ledger_.Follow(std::move(wake));
  }

  void Load(const std::vector<LedgerEntry>& documents) override;
  void Hear(const LedgerEntry& entry) override;
  [[nodiscard]] std::vector<LedgerEntry> Held() const override;

 private:
  struct Known {
    Standing standing;
    uint64_t version = 0;
  };
  struct Noted {
    Standing standing;
  };
  struct End {
    TimePoint at;
    Key key;
    bool operator<(const End& other) const {
      return std::tie(at, key.high, key.low) < std::tie(other.at, other.key.high, other.key.low);
    }
  };

  void Learn(const Standing& standing, uint64_t version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(const Standing& standing, uint64_t version, bool news, TimePoint now, Ledger::Done done);
  void TrySet(Standing wish, TimePoint now, int tries, Done done);

  const Limits limits_;
  NodeLedger& ledger_;
  const std::string environment_;
  mutable Mutex mutex_;
  absl::flat_hash_map<Key, Known> standings_ ABSL_GUARDED_BY(mutex_);  // none is good
  std::set<End> ends_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, Noted> noted_ ABSL_GUARDED_BY(mutex_);
};

// Standings as the ledger keeps them. News is a change that followers are told; the rest only lasts longer.
[[nodiscard]] std::string EncodeStanding(const Standing& standing, bool news);
struct DecodedStanding {
  Standing standing;
  bool news = true;
};
[[nodiscard]] std::optional<DecodedStanding> DecodeStanding(std::string_view bytes);

}  // namespace latchkey
