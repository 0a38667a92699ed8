// What every ledger does: one suite for all of them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "engine/incident/ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {

// A ledger of the test's own, and what it can be made to suffer.
class LedgerUnderTest {
 public:
  virtual ~LedgerUnderTest() = default;
  [[nodiscard]] virtual Ledger& ledger() = 0;
  // Another node's: the same documents. Null where there can be only one.
  [[nodiscard]] virtual Ledger* another() = 0;
  // As after a crash and a new start. False where nothing survives it.
  virtual bool Restart() = 0;
};

using MakeLedger = std::function<std::unique_ptr<LedgerUnderTest>(LedgerLimits, const Clock&, RandomSource&)>;

struct LedgerKind {
  const char* name;
  MakeLedger make;
};

class LedgerContract : public ::testing::TestWithParam<LedgerKind> {
 protected:
  static constexpr LedgerLimits kLimits{.documents_max = 20, .log_max = 8};

  // Waits for the answer.
  static absl::StatusOr<LedgerPlace> Put(Ledger& ledger, LedgerChange change, Book book = Book::kIncidents);
  absl::StatusOr<LedgerPlace> Put(LedgerChange change) { return Put(ledger(), std::move(change)); }
  // A change of a document that lives for an hour.
  LedgerChange Change(std::string id, uint64_t expected, std::string bytes) const {
    LedgerChange change;
    change.id = std::move(id);
    change.expected = expected;
    change.bytes = std::move(bytes);
    change.end = clock_.Now() + std::chrono::hours(1);
    return change;
  }
  [[nodiscard]] Ledger& ledger() { return under_test_->ledger(); }
  // All pages: "id=bytes" in the order of ids.
  [[nodiscard]] std::vector<std::string> Documents(Book book = Book::kIncidents);
  // "id=bytes" of the log after a place.
  [[nodiscard]] std::vector<std::string> Log(LedgerPlace after, size_t count_max = 100);

  FakeClock clock_;
  SeededRandom random_{7};
  std::unique_ptr<LedgerUnderTest> under_test_ = GetParam().make(kLimits, clock_, random_);
};

}  // namespace latchkey
