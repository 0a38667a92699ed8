// The latest changes of a book, in memory: what a ledger keeps of its log, and what a node's followers read.
#pragma once

#include <deque>
#include <vector>

#include "engine/incident/ledger.h"

namespace latchkey {

// Thread-compatible.
class BookLog {
 public:
  // Requires: count_max > 0.
  explicit BookLog(size_t count_max) : count_max_(count_max) {}

  // Begins anew after `oldest`.
  void Clear(LedgerPlace oldest);
  // Requires: a position above the latest.
  void Append(LedgerEntry entry);

  // The oldest place that one can read on from, and the latest.
  [[nodiscard]] LedgerPlace oldest() const { return oldest_; }
  [[nodiscard]] LedgerPlace latest() const { return entries_.empty() ? oldest_ : entries_.back().place; }

  // See Ledger::ReadAfter.
  [[nodiscard]] absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(LedgerPlace after, size_t count_max) const;

 private:
  size_t count_max_;
  LedgerPlace oldest_;
  std::deque<LedgerEntry> entries_;
};

}  // namespace latchkey
