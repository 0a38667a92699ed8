#include "engine/incident/memory_ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kPage = 500;

}  // namespace

MemoryLedger::MemoryLedger(LedgerLimits limits, const Clock& clock, RandomSource& random)
    : limits_(limits), clock_(clock), random_(random) {}

void MemoryLedger::Put(Book book, LedgerChange change, Done done) {
  if (absl::Status wrong = CheckChange(change); !wrong.ok()) return done(std::move(wrong));
  absl::StatusOr<LedgerPlace> place;
  {
    const MutexLock lock(mutex_);
    place = PutLocked(ShelfOf(book), std::move(change));
  }
  done(std::move(place));
}

absl::StatusOr<LedgerPlace> MemoryLedger::PutLocked(Shelf& shelf, LedgerChange change) {
  const TimePoint now = clock_.Now();
  std::vector<std::string> ended;
  for (const auto& [id, document] : shelf.documents) {
    if (document.change.end <= now) ended.push_back(id);
  }
  for (const std::string& id : ended) Forget(shelf, id);

  const auto present = shelf.documents.find(change.id);
  const uint64_t version = present == shelf.documents.end() ? 0 : present->second.place.position;
  const auto claimed = shelf.claims.find(change.claim);
  const bool taken = !change.claim.empty() && claimed != shelf.claims.end() && claimed->second != change.id;
  if (version != change.expected || taken)
    return absl::AbortedError("the document is not as expected; read it and try again");
  if (version == 0 && change.keep && shelf.documents.size() >= limits_.documents_max)
    return absl::ResourceExhaustedError("the book is full");

  const LedgerPlace place{std::max(shelf.log.latest().position, change.above) + 1, random_.Next()};
  Forget(shelf, change.id);
  if (change.keep) {
    if (!change.claim.empty()) shelf.claims[change.claim] = change.id;
    shelf.documents[change.id] = {place, change};
  }
  shelf.log.Append({place, std::move(change)});
  return place;
}

absl::StatusOr<std::vector<LedgerEntry>> MemoryLedger::ReadAfter(Book book, LedgerPlace after,
                                                                 size_t count_max) {
  const MutexLock lock(mutex_);
  return ShelfOf(book).log.ReadAfter(after, count_max);
}

absl::StatusOr<Ledger::Ends> MemoryLedger::ReadEnds(Book book) {
  const MutexLock lock(mutex_);
  const BookLog& log = ShelfOf(book).log;
  return Ends{log.oldest(), log.latest()};
}

absl::StatusOr<LedgerDocuments> MemoryLedger::ReadDocuments(Book book, const std::string& next) {
  const TimePoint now = clock_.Now();
  const MutexLock lock(mutex_);
  const auto& documents = ShelfOf(book).documents;
  LedgerDocuments page;
  for (auto at = documents.upper_bound(next); at != documents.end(); ++at) {
    if (page.documents.size() == kPage) {
      page.next = page.documents.back().change.id;
      break;
    }
    if (at->second.change.end > now) page.documents.push_back(at->second);
  }
  return page;
}

MemoryLedger::Shelf& MemoryLedger::ShelfOf(Book book) {
  return shelves_.try_emplace(book, limits_.log_max).first->second;
}

void MemoryLedger::Forget(Shelf& shelf, const std::string& id) {
  const auto found = shelf.documents.find(id);
  if (found == shelf.documents.end()) return;
  if (!found->second.change.claim.empty()) shelf.claims.erase(found->second.change.claim);
  shelf.documents.erase(found);
}

}  // namespace latchkey
