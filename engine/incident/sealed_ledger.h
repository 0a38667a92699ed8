// Seals the documents of a ledger: whoever reads the store learns no account and no suspect.
#pragma once

#include "engine/attempt/sealer.h"
#include "engine/incident/ledger.h"

namespace latchkey {

// Thread-safe. What cannot be opened (its key has left the ring) comes back empty, at its place.
class SealedLedger final : public Ledger {
 public:
  // Both outlive it.
  SealedLedger(Ledger& ledger, const Sealer& sealer) : ledger_(ledger), sealer_(sealer) {}

  void Put(Book book, LedgerChange change, Done done) override;
  absl::StatusOr<std::vector<LedgerEntry>> ReadAfter(Book book, LedgerPlace after, size_t count_max) override;
  absl::StatusOr<Ends> ReadEnds(Book book) override { return ledger_.ReadEnds(book); }
  absl::StatusOr<LedgerDocuments> ReadDocuments(Book book, const std::string& next) override;

 private:
  void Open(std::vector<LedgerEntry>& entries) const;

  Ledger& ledger_;
  const Sealer& sealer_;
};

}  // namespace latchkey
