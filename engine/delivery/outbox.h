// What waits to be delivered: at least once, in order, bounded.
//
// Messages of one target and order key are sent one after the other, oldest first: the next begins when the
// one before was taken, or is a dead letter. Each waits longer after each failure; a target that fails again
// and again is left alone but for one message now and then (its circuit is open), so that a target that is
// away costs little and finds everything when it is back. A message that is refused, too old or was tried too
// often becomes a dead letter, which people can send again.
//
// Pure: it sends nothing and keeps nothing; what has changed is for OutboxStorage. Thread-compatible.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "engine/base/random.h"
#include "engine/delivery/answer.h"
#include "engine/delivery/outbox_storage.h"
#include "engine/delivery/retry.h"

namespace latchkey {

struct OutboxLimits {
  size_t waiting_max = 10'000;    // of one target
  size_t dead_max = 10'000;       // of one target; the oldest go
  size_t bytes_max = 32U << 20U;  // of one target, payloads of both
  size_t sending_max = 4;         // of one target at once
  int64_t attempts_max = 100;
  Duration age_max = std::chrono::hours(24);
  RetryLimits retry;
  // Failures in a row after which a target is left alone for a while.
  int64_t failures_to_open = 3;
  RetryLimits rest{.max = std::chrono::minutes(1)};
  Duration known_for = std::chrono::hours(48);
  size_t known_max = 100'000;
};

class Outbox {
 public:
  Outbox(OutboxLimits limits, const std::vector<std::string>& targets, RandomSource& random);

  // What storage has kept; once, first. Messages to targets that are there no more become dead letters.
  void Restore(OutboxContents contents, TimePoint now);

  // Whether a notice of this id was taken in lately; remembers it if not.
  [[nodiscard]] bool TakenBefore(const std::string& notice_id, TimePoint now);

  enum class Added : uint8_t { kYes, kFull };
  // Takes a message in; its position is set here. Requires: a known target.
  Added Add(OutboxEntry entry, TimePoint now);

  // What is to be sent now; each is under way until Settle. Their attempts are counted already. kOwn: of what
  // came from no book, or is sent again, only: the rest is for another node.
  enum class Which : uint8_t { kAll, kOwn };
  [[nodiscard]] std::vector<OutboxEntry> Take(TimePoint now, Which which = Which::kAll);

  // The lowest sequence of a book's messages that wait.
  [[nodiscard]] std::optional<uint64_t> LowestWaiting(uint8_t book) const;
  // Somebody else has delivered a book up to a sequence: what waits of that is forgotten. He may have begun
  // with the rest, so that it counts as attempted.
  void TakeOver(uint8_t book, uint64_t sequence, TimePoint now);

  // How an attempt ended. Ignored for what is not under way.
  void Settle(uint64_t position, const Answer& answer, TimePoint now);

  // Makes dead letters of what is too old.
  void Expire(TimePoint now);

  // When Take may have something that it has not now; nothing while all waits for Settle or Add.
  [[nodiscard]] std::optional<TimePoint> NextDue() const;

  // Sends dead letters again: of one target, or one of them. A target that was stopped is resumed. Answers
  // how many. They are older than what waits, so they go first. None of a target that is not configured.
  size_t Replay(std::string_view target, std::optional<uint64_t> position, TimePoint now);

  // Of one target, after a position, oldest first; empty `target`: of all.
  [[nodiscard]] std::vector<OutboxEntry> DeadLetters(std::string_view target, uint64_t after,
                                                     size_t count_max) const;

  enum class Circuit : uint8_t { kClosed, kOpen, kStopped };
  struct TargetState {
    std::string name;
    Circuit circuit = Circuit::kClosed;
    std::optional<TimePoint> open_until;
    size_t waiting = 0;  // those under way included
    size_t sending = 0;
    size_t dead = 0;
    size_t bytes = 0;
    std::optional<TimePoint> oldest;  // of those waiting
    uint64_t delivered = 0;           // since this outbox was made
    uint64_t failures = 0;            // attempts
    uint64_t dropped = 0;             // never taken in, for want of room
    uint64_t lost_dead = 0;           // dead letters that had to go
    std::string last_failure;
    std::optional<TimePoint> last_delivered;
  };
  [[nodiscard]] std::vector<TargetState> States() const;

  // What is to be saved since the last call. When saving fails, give it back.
  [[nodiscard]] OutboxChanges TakeChanges(TimePoint now);
  void GiveBack(const OutboxChanges& changes);

 private:
  // A message as it is here: with when it may be sent.
  struct Held {
    OutboxEntry entry;
    TimePoint due;
    bool sending = false;
  };
  // The messages of one order key that wait, and the one of them that may be sent or is under way.
  struct Order {
    std::set<uint64_t> waiting;
    uint64_t current = 0;  // 0: none
  };
  struct Target {
    bool configured = true;
    std::map<std::string, Order, std::less<>> orders;
    std::set<std::pair<TimePoint, uint64_t>> heads;  // the current ones that are not under way, by due
    std::set<uint64_t> dead;
    int64_t failures_in_row = 0;
    TimePoint open_until;  // meaningless while closed
    bool stopped = false;
    TargetState state;
  };

  [[nodiscard]] bool IsOpen(const Target& target) const {
    return target.failures_in_row >= limits_.failures_to_open;
  }
  Target& TargetOf(const OutboxEntry& entry) { return targets_.find(entry.target)->second; }
  void Hold(OutboxEntry entry, TimePoint due);
  // Makes the oldest of an order its current one, to be sent from `due` on. Requires: it has none.
  void Offer(Target& target, Order& order, TimePoint due);
  // Takes a waiting message out of its order.
  void Withdraw(Target& target, Held& held, TimePoint now);
  void Bury(Target& target, Held& held, std::string why, TimePoint now);
  void Drop(Target& target, uint64_t position);
  void Unbury(Target& target, uint64_t position, TimePoint now);
  // Notes that a target was reached: its circuit closes.
  void Recover(Target& target, TimePoint now);
  [[nodiscard]] bool MakeRoom(Target& target, size_t bytes);

  const OutboxLimits limits_;
  RandomSource& random_;
  uint64_t last_position_ = 0;
  std::map<uint64_t, Held> held_;
  std::map<std::string, Target, std::less<>> targets_;
  std::set<std::pair<TimePoint, uint64_t>> ages_;  // of waiting messages that are not under way
  absl::flat_hash_map<std::string, TimePoint> known_;
  std::set<std::pair<TimePoint, std::string>> known_ends_;

  std::set<uint64_t> changed_;
  std::set<uint64_t> removed_;
  std::vector<KnownNotice> new_known_;
  std::map<std::string, bool> new_stopped_;  // false: resumed
};

}  // namespace latchkey
