#include "engine/incident/sealed_ledger.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

// A sealer takes 12 KiB; what is longer is sealed in pieces that know their place and their number.
constexpr size_t kPiece = 8 * 1024;

std::string SealAll(const Sealer& sealer, std::string_view plain) {
  const size_t pieces = plain.size() / kPiece + 1;
  std::string sealed;
  for (size_t i = 0; i < pieces; ++i) {
    std::string piece{static_cast<char>(i), static_cast<char>(pieces)};
    piece.append(plain.substr(i * kPiece, kPiece));
    if (i > 0) sealed += '.';
    sealed += sealer.Seal(SealPurpose::kLedger, piece);
  }
  return sealed;
}

std::string OpenAll(const Sealer& sealer, std::string_view sealed) {
  std::string plain;
  size_t pieces = 1;
  for (size_t i = 0; i < pieces; ++i) {
    const size_t end = std::min(sealed.find('.'), sealed.size());
    const std::optional<std::string> piece = sealer.Open(SealPurpose::kLedger, sealed.substr(0, end));
    if (!piece || piece->size() < 2 || (*piece)[0] != static_cast<char>(i)) return "";
    pieces = static_cast<unsigned char>((*piece)[1]);
    plain.append(*piece, 2);
    sealed.remove_prefix(std::min(end + 1, sealed.size()));
  }
  return plain;
}

}  // namespace

void SealedLedger::Put(Book book, LedgerChange change, Done done) {
  change.bytes = SealAll(sealer_, change.bytes);
  ledger_.Put(book, std::move(change), std::move(done));
}

absl::StatusOr<std::vector<LedgerEntry>> SealedLedger::ReadAfter(Book book, LedgerPlace after,
                                                                 size_t count_max) {
  LATCHKEY_ASSIGN_OR_RETURN(std::vector<LedgerEntry> entries, ledger_.ReadAfter(book, after, count_max));
  Open(entries);
  return entries;
}

absl::StatusOr<LedgerDocuments> SealedLedger::ReadDocuments(Book book, const std::string& next) {
  LATCHKEY_ASSIGN_OR_RETURN(LedgerDocuments page, ledger_.ReadDocuments(book, next));
  Open(page.documents);
  return page;
}

void SealedLedger::Open(std::vector<LedgerEntry>& entries) const {
  for (LedgerEntry& entry : entries) entry.change.bytes = OpenAll(sealer_, entry.change.bytes);
}

}  // namespace latchkey
