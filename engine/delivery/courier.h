// Takes notices, keeps them safe, and sees to it that they reach their targets.
//
// Whoever has a notice submits it, on whatever thread; one thread turns the courier: it writes what is new to
// the storage, sends what is due, and settles what has ended, each in one transaction of the storage.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/mutex.h"
#include "engine/delivery/outbox.h"
#include "engine/delivery/transport.h"

namespace latchkey {

struct CourierCounts {
  uint64_t submitted = 0;
  uint64_t overflowed = 0;      // submitted faster than they can be written down
  uint64_t repeated = 0;        // taken in before
  uint64_t storage_errors = 0;  // of saving; what was to be saved is saved later
  bool storage_ok = true;
};

// Submit, Replay, SendTest and what reads are thread-safe; Restore and Turn are for one thread.
class Courier {
 public:
  struct Parts {
    OutboxStorage& storage;
    MessageWriter& writer;
    MessageTransport& transport;
    RandomSource& random;
    const Clock& clock;
  };
  // What waits to be written down; notices are about a kilobyte.
  static constexpr size_t kInboxMax = 10'000;

  Courier(Parts parts, OutboxLimits limits, std::vector<DeliveryTarget> targets);

  // Takes back what was kept. Once, before anything else.
  absl::Status Restore();

  // Whether another node may have told a notice already: then its first attempt here is not counted as the
  // first.
  enum class ToldBefore : uint8_t { kNo, kPerhaps };
  // Never waits for a disk or network.
  void Submit(Notice notice, ToldBefore told = ToldBefore::kNo);

  // One round; then waits for the transport for at most `patience`, less when something is due before.
  void Turn(Duration patience);

  // Paused: another node delivers what comes from books; what is this node's own goes on.
  void Pause(bool paused) { paused_ = paused; }
  // The lowest sequence of a book's notices that is not known to have arrived, or to be a dead letter.
  [[nodiscard]] std::optional<uint64_t> LowestWaiting(uint8_t book);
  // Somebody else has delivered a book up to a sequence, and may have begun with the rest.
  void TakeOver(uint8_t book, uint64_t sequence);

  [[nodiscard]] std::vector<Outbox::TargetState> States();
  [[nodiscard]] CourierCounts counts();
  [[nodiscard]] std::vector<OutboxEntry> DeadLetters(std::string_view target, uint64_t after,
                                                     size_t count_max);
  // kNotFound for a target that is not configured, and for a letter that is not there.
  absl::StatusOr<size_t> Replay(std::string_view target, std::optional<uint64_t> position);
  // Submits a test for one target and answers its id.
  absl::StatusOr<std::string> SendTest(std::string_view target);

 private:
  struct Submitted {
    Notice notice;
    std::string target;  // empty: all that want it
    ToldBefore told = ToldBefore::kNo;
  };

  [[nodiscard]] const DeliveryTarget* Find(std::string_view name) const;
  void TakeIn(TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Save(TimePoint now);
  void SendDue(TimePoint now);

  const Parts parts_;
  const std::vector<DeliveryTarget> targets_;
  Mutex inbox_mutex_;  // held for moments, so that who submits never waits for what is done with mutex_
  std::vector<Submitted> inbox_ ABSL_GUARDED_BY(inbox_mutex_);
  uint64_t submitted_ ABSL_GUARDED_BY(inbox_mutex_) = 0;
  uint64_t overflowed_ ABSL_GUARDED_BY(inbox_mutex_) = 0;
  Mutex mutex_;
  Outbox outbox_ ABSL_GUARDED_BY(mutex_);
  uint64_t repeated_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<uint64_t> storage_errors_{0};
  std::atomic<bool> storage_ok_{true};
  std::atomic<bool> paused_{false};
};

}  // namespace latchkey
