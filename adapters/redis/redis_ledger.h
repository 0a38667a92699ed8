// The ledger of all nodes that share a Redis: each book is a stream, which is its log, and a hash of
// documents, under lk:{<environment>:l:<book>}. One slot a book, so that a change and its place are one
// script.
#pragma once

#include <string>
#include <vector>

#include "adapters/redis/redis_client.h"
#include "engine/base/random.h"
#include "engine/incident/ledger.h"

namespace latchkey {

// Thread-safe.
class RedisLedger final : public Ledger {
 public:
  // Longer than an attempt may wait: nobody's login does.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  // Without any change for so long a book is forgotten.
  static constexpr Duration kKeep = std::chrono::hours(24 * 400);

  // The client, the clock and the random numbers outlive it.
  RedisLedger(RedisClient& client, const std::string& environment, LedgerLimits limits, const Clock& clock,
              RandomSource& random);

  void Put(Book book, LedgerChange change, Done done) override;
  absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after, size_t count_max) override;
  absl::StatusOr<Ends> ReadEnds(Book book) override;
  absl::StatusOr<LedgerDocuments> ReadDocuments(Book book, const std::string& next) override;

 private:
  struct Look {
    Ends ends;
    std::vector<LedgerEntry> entries;
  };
  // The log's ends, and at most `count` entries from `position` on.
  absl::StatusOr<Look> LookAt(Book book, uint64_t position, size_t count);
  [[nodiscard]] std::string KeyOf(Book book) const;

  RedisClient& client_;
  const std::string environment_;
  const LedgerLimits limits_;
  const Clock& clock_;
  RandomSource& random_;
};

}  // namespace latchkey
