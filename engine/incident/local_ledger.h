// A ledger and a node's copy of it in one process, in memory, looked at as soon as something is put: for the
// lab and for tests.
#pragma once

#include <atomic>

#include "engine/incident/memory_ledger.h"
#include "engine/incident/node_ledger.h"

namespace latchkey {

// Thread-safe.
class LocalLedger {
 public:
  LocalLedger(const Clock& clock, RandomSource& random, LedgerLimits limits = {})
      : ledger_(limits, clock, random), node_(ledger_, limits, [this] { Look(); }) {}

  [[nodiscard]] NodeLedger& node() { return node_; }
  [[nodiscard]] MemoryLedger& ledger() { return ledger_; }

  // Whoever finds another at work leaves the look to it.
  void Look() {
    if (asked_.fetch_add(1) > 0) return;
    int seen = 1;
    do {
      seen = asked_.load();
      (void)node_.Round();  // a ledger in memory always answers
    } while (!asked_.compare_exchange_strong(seen, 0));
  }

 private:
  std::atomic<int> asked_{0};
  MemoryLedger ledger_;
  NodeLedger node_;
};

}  // namespace latchkey
