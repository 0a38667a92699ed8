// A ledger in memory: for tests and the lab, and what the others are compared with.
#pragma once

#include <array>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "engine/base/mutex.h"
#include "engine/base/random.h"
#include "engine/incident/book_log.h"
#include "engine/incident/ledger.h"

namespace latchkey {

// Thread-safe. Answers at once.
class MemoryLedger final : public Ledger {
 public:
  MemoryLedger(LedgerLimits limits, const Clock& clock, RandomSource& random);

  void Put(Book book, LedgerChange change, Done done) override;
  absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after, size_t count_max) override;
  absl::StatusOr<Ends> ReadEnds(Book book) override;
  absl::StatusOr<LedgerDocuments> ReadDocuments(Book book, const std::string& next) override;

 private:
  struct Shelf {
    explicit Shelf(size_t log_max) : log(log_max) {}
    std::map<std::string, LedgerEntry> documents;
    std::map<std::string, std::string> claims;  // claim to id
    BookLog log;
  };

  Shelf& ShelfOf(Book book) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<LedgerPlace> PutLocked(Shelf& shelf, LedgerChange change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Forget(Shelf& shelf, const std::string& id);

  const LedgerLimits limits_;
  const Clock& clock_;
  RandomSource& random_;
  Mutex mutex_;
  std::map<Book, Shelf> shelves_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
