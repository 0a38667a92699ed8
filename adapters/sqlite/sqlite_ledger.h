// The ledger of a node that stands alone: one SQLite file.
//
// One thread writes: what has come meanwhile goes to the disk in one transaction, so a flush is shared by all
// that wait for it. Readers have a connection of their own and hold nobody up.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/sqlite/database.h"
#include "engine/base/random.h"
#include "engine/incident/ledger.h"

namespace latchkey {

// Thread-safe.
class SqliteLedger final : public Ledger {
 public:
  static constexpr size_t kWaitingMax = 10'000;

  // The file is of this environment only: kFailedPrecondition for another's. The clock and the random numbers
  // outlive it.
  static absl::StatusOr<std::unique_ptr<SqliteLedger>> Open(const std::string& path,
                                                            const std::string& environment,
                                                            LedgerLimits limits, const Clock& clock,
                                                            RandomSource& random);
  // Writes what waits.
  ~SqliteLedger() override;

  // kResourceExhausted too when kWaitingMax wait for the disk.
  void Put(Book book, LedgerChange change, Done done) override;
  absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after, size_t count_max) override;
  absl::StatusOr<Ends> ReadEnds(Book book) override;
  absl::StatusOr<LedgerDocuments> ReadDocuments(Book book, const std::string& next) override;

 private:
  struct Waiting {
    Book book;
    LedgerChange change;
    Done done;
  };
  class Writer;
  class Reader;

  SqliteLedger(const Clock& clock, std::unique_ptr<Writer> writer, std::unique_ptr<Reader> reader);
  void Run();

  const Clock& clock_;
  std::unique_ptr<Writer> writer_;  // the thread's
  std::mutex reading_;
  std::unique_ptr<Reader> reader_;  // under reading_
  std::mutex mutex_;                // guards waiting_ and ending_
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all the above
};

}  // namespace latchkey
