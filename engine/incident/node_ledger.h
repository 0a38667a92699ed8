// A node's own copy of the ledger's books, kept up with their logs: whatever is asked is answered from
// memory, and followers read on at their own pace. A ledger that has lost something is given it back.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/base/mutex.h"
#include "engine/base/wakers.h"
#include "engine/incident/book_log.h"
#include "engine/incident/ledger.h"

namespace latchkey {

// What a node makes of one book. Called by one thread at a time; answers others meanwhile.
class BookCopy {
 public:
  virtual ~BookCopy() = default;
  // All documents there are: in place of what was known.
  virtual void Load(const std::vector<LedgerEntry>& documents) = 0;
  // One change after the other. It may be one that Load had already.
  virtual void Hear(const LedgerEntry& entry) = 0;
  // The documents that are known, as they were put: for a ledger that has lost them.
  [[nodiscard]] virtual std::vector<LedgerEntry> Held() const = 0;
};

// Thread-safe, except Round.
class NodeLedger {
 public:
  static constexpr size_t kFollowersMax = 512;

  // `wake` asks for a round soon; called from any thread. The ledger outlives this.
  NodeLedger(Ledger& ledger, LedgerLimits limits, std::function<void()> wake);

  // Before the first round. What of a later book refers to an earlier one is known when it is heard: books
  // are heard in the order in which they were added. The copy outlives this.
  void Add(Book book, BookCopy& copy);

  // As Ledger::Put; but what was put, or what stood in its way (kAborted), is in this node's copy by the time
  // that `done` is called.
  void Put(Book book, LedgerChange change, Ledger::Done done);

  // One look at all books: hears what is new, restores what was lost. Waits for the ledger. An error says
  // what could not be read; the next round tries again.
  absl::Status Round();
  // Whether all books have been read once.
  [[nodiscard]] bool ready() const;
  // Nobody will look any more: whatever waits is answered, what the ledger answers later is not heard, and no
  // answer is being given when this returns.
  void Stop();

  // At once, from memory. See Ledger::ReadAfter; kUnavailable until the first round.
  [[nodiscard]] absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after,
                                                                   size_t count_max) const;
  [[nodiscard]] absl::StatusOr<LedgerPlace> Latest(Book book) const;
  // Wakes at each change that was heard, of any book. Null when there are too many followers.
  [[nodiscard]] Wakers::Subscription Follow(std::function<void()> wake) {
    return wakers_.Add(std::move(wake));
  }

 private:
  struct Shelf {
    Shelf(Book which, BookCopy& whose, size_t log_max) : book(which), copy(&whose), log(log_max) {}
    Book book;
    BookCopy* copy;
    bool loaded = false;
    bool reloaded = false;             // by this round; the thread's own
    LedgerPlace read_from;             // in the ledger's log; the thread's own
    std::vector<LedgerEntry> fetched;  // the thread's own
    BookLog log;                       // what followers read
  };
  // Outlives this, so that a late answer finds nobody instead of a corpse.
  struct Link {
    Mutex mutex;
    bool stopped ABSL_GUARDED_BY(mutex) = false;
    int answering ABSL_GUARDED_BY(mutex) = 0;
  };
  struct Waiting {
    Book book;
    uint64_t position;  // 0: a whole round
    uint64_t rounds;    // begun before it waited
    Ledger::Done done;
    absl::StatusOr<LedgerPlace> answer;
  };

  void Answer(Book book, absl::StatusOr<LedgerPlace> place, const Ledger::Done& done);
  absl::Status Fetch(Shelf& shelf);
  absl::Status Load(Shelf& shelf);
  // What the ledger lacks of what this node knows.
  absl::Status Restore(Shelf& shelf);
  bool Apply(Shelf& shelf);
  [[nodiscard]] bool Waits(const Waiting& waiting) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AnswerWaiting(bool all);
  [[nodiscard]] const Shelf* Find(Book book) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Ledger& ledger_;
  const LedgerLimits limits_;
  const std::function<void()> wake_;
  Wakers wakers_{kFollowersMax};
  mutable Mutex mutex_;
  // Added before the first round; the logs and `loaded` are guarded.
  std::vector<std::unique_ptr<Shelf>> shelves_;
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t rounds_ ABSL_GUARDED_BY(mutex_) = 0;  // begun so far
  const std::shared_ptr<Link> link_ = std::make_shared<Link>();
};

}  // namespace latchkey
