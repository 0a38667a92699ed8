// The ledger (port): what must outlive a process and be the same on every node, besides counts. Incidents,
// standings and stakes are each a *book*: documents that are changed by compare-and-set, and a log of all
// changes, in one order for everybody.
//
// A change and its place in the log are one atomic step. So whoever has read a book's log up to a place knows
// its documents as they were there, and whoever reads on from a place misses nothing and sees nothing twice.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"

namespace latchkey {

// The numbers are stored: they never change.
enum class Book : uint8_t { kIncidents = 1, kStandings = 2, kStakes = 3, kOutbox = 4 };
// "incidents", "standings", "stakes", "outbox".
[[nodiscard]] std::string_view BookName(Book book);

// A place in a book's log: after its `position`-th change. Positions only grow. The mark is a random number
// of that change: another at the same position says that the log was lost and written anew.
struct LedgerPlace {
  uint64_t position = 0;  // 0: before the first change
  uint64_t mark = 0;
  bool operator==(const LedgerPlace&) const = default;
};

// What is put. The document of this id must have been changed last at `expected` (0: there must be none).
struct LedgerChange {
  std::string id;         // 1 to 64 printable bytes
  uint64_t expected = 0;  // the position of its latest change
  std::string bytes;      // at most kLedgerBytesMax
  bool keep = true;       // false: the document goes; the log has its last word
  TimePoint end;          // when the document is forgotten by itself; the log is not told
  // A name that only one document of the book may hold; "" holds none. A change without it gives it back.
  std::string claim;
  // The change gets a position above this one: a ledger that was wiped does not begin again at 1.
  uint64_t above = 0;
};

inline constexpr size_t kLedgerBytesMax = 64 * 1024;

// Of one book. The log keeps its latest changes; a book that is full takes no new document.
struct LedgerLimits {
  size_t documents_max = 500'000;
  size_t log_max = 10'000;
};

// kInvalidArgument for a change that no ledger takes.
[[nodiscard]] absl::Status CheckChange(const LedgerChange& change);

// One change as the log has it.
struct LedgerEntry {
  LedgerPlace place;
  LedgerChange change;
};

struct LedgerDocuments {
  std::vector<LedgerEntry> documents;  // each as its latest change left it
  std::string next;                    // where the next page begins; empty: this was the last
};

// Thread-safe.
class Ledger {
 public:
  using Done = std::function<void(absl::StatusOr<LedgerPlace>)>;

  virtual ~Ledger() = default;

  // Waits for nothing. `done` is called once, perhaps before this returns, perhaps on another thread, with
  // the place of the change, once it is durable. kAborted: nothing was changed, since the document is not as
  // expected or another holds the claim. kResourceExhausted: the book is full. kUnavailable and
  // kDeadlineExceeded: it is not known whether the change was made.
  virtual void Put(Book book, LedgerChange change, Done done) = 0;

  // These wait for a disk or for Redis: not on a thread that answers logins.

  // At most `count_max` changes after `after`, oldest first. kOutOfRange when changes after it are no longer
  // kept, or `after` is no place of this log.
  virtual absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after,
                                                             size_t count_max) = 0;
  // The oldest place that one can read on from, and the latest.
  struct Ends {
    LedgerPlace oldest;
    LedgerPlace latest;
  };
  virtual absl::StatusOr<Ends> ReadEnds(Book book) = 0;
  // The documents, in pages: `next` is empty or from the page before. What is changed meanwhile may be in it
  // or not, and may be in it twice; the log tells.
  virtual absl::StatusOr<LedgerDocuments> ReadDocuments(Book book, const std::string& next) = 0;
};

}  // namespace latchkey
