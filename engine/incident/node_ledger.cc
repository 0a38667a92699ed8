#include "engine/incident/node_ledger.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kAtATime = 500;

}  // namespace

NodeLedger::NodeLedger(Ledger& ledger, LedgerLimits limits, std::function<void()> wake)
    : ledger_(ledger), limits_(limits), wake_(std::move(wake)) {}

void NodeLedger::Add(Book book, BookCopy& copy) {
  shelves_.push_back(std::make_unique<Shelf>(book, copy, limits_.log_max));
}

void NodeLedger::Put(Book book, LedgerChange change, Ledger::Done done) {
  {
    // Should the ledger have been lost in this moment: no follower here is told a position twice.
    const MutexLock lock(mutex_);
    if (const Shelf* shelf = Find(book); shelf != nullptr)
      change.above = std::max(change.above, shelf->log.latest().position);
  }
  ledger_.Put(book, std::move(change), [this, link = link_, book, done](absl::StatusOr<LedgerPlace> place) {
    {
      const MutexLock lock(link->mutex);
      if (link->stopped) return;
      ++link->answering;
    }
    Answer(book, std::move(place), done);
    const MutexLock lock(link->mutex);
    --link->answering;
  });
}

void NodeLedger::Answer(Book book, absl::StatusOr<LedgerPlace> place, const Ledger::Done& done) {
  if (!place.ok() && !absl::IsAborted(place.status())) return done(std::move(place));
  {
    const MutexLock lock(mutex_);
    waiting_.push_back({book, place.ok() ? place->position : 0, rounds_, done, place});
  }
  wake_();
}

absl::Status NodeLedger::Round() {
  {
    const MutexLock lock(mutex_);
    ++rounds_;
  }
  // What was heard last may refer to what is in an earlier book: so that one is read after it.
  for (auto shelf = shelves_.rbegin(); shelf != shelves_.rend(); ++shelf) {
    if (absl::Status status = Fetch(**shelf); !status.ok()) {
      for (const auto& other : shelves_) other->fetched.clear();
      AnswerWaiting(/*all=*/true);
      return absl::Status(status.code(),
                          absl::StrCat("ledger, ", ToAbsl(BookName((*shelf)->book)), ": ", status.message()));
    }
  }
  bool heard = false;
  for (const auto& shelf : shelves_) heard = Apply(*shelf) || heard;
  AnswerWaiting(/*all=*/false);
  if (heard) wakers_.Wake();
  return absl::OkStatus();
}

absl::Status NodeLedger::Fetch(Shelf& shelf) {
  shelf.fetched.clear();
  if (!shelf.loaded) return Load(shelf);
  LedgerPlace from = shelf.read_from;
  while (true) {
    absl::StatusOr<std::vector<LedgerEntry>> some = ledger_.ReadAfter(shelf.book, from, kAtATime);
    if (absl::IsOutOfRange(some.status())) {
      shelf.fetched.clear();
      LATCHKEY_ASSIGN_OR_RETURN(const Ledger::Ends ends, ledger_.ReadEnds(shelf.book));
      // Far behind: only what is kept no longer was missed.
      if (ends.oldest.position > from.position) return Load(shelf);
      LATCHKEY_RETURN_IF_ERROR(Restore(shelf));
      if (ends.latest.position <= from.position) {
        from = ends.latest;  // wiped or rolled back: what is written now comes above what was heard
      } else {
        // Written before it was noticed. If all of it is above what was heard, nothing of the order is lost.
        LATCHKEY_ASSIGN_OR_RETURN(const auto first, ledger_.ReadAfter(shelf.book, ends.oldest, 1));
        if (first.empty() || first.front().place.position <= from.position) return Load(shelf);
        from = ends.oldest;
      }
      shelf.read_from = from;
      continue;
    }
    LATCHKEY_RETURN_IF_ERROR(some.status());
    if (some->empty()) return absl::OkStatus();
    from = some->back().place;
    std::move(some->begin(), some->end(), std::back_inserter(shelf.fetched));
  }
}

absl::Status NodeLedger::Load(Shelf& shelf) {
  // The log first: what is changed after it was read is heard later.
  LATCHKEY_ASSIGN_OR_RETURN(const Ledger::Ends ends, ledger_.ReadEnds(shelf.book));
  std::vector<LedgerEntry> log;
  LedgerPlace from = ends.oldest;
  while (true) {
    LATCHKEY_ASSIGN_OR_RETURN(std::vector<LedgerEntry> some, ledger_.ReadAfter(shelf.book, from, kAtATime));
    if (some.empty()) break;
    from = some.back().place;
    std::move(some.begin(), some.end(), std::back_inserter(log));
  }
  std::vector<LedgerEntry> documents;
  std::string next;
  do {
    LATCHKEY_ASSIGN_OR_RETURN(LedgerDocuments page, ledger_.ReadDocuments(shelf.book, next));
    std::move(page.documents.begin(), page.documents.end(), std::back_inserter(documents));
    next = page.next;
  } while (!next.empty());
  shelf.copy->Load(documents);
  shelf.read_from = from;
  {
    const MutexLock lock(mutex_);
    shelf.log.Clear(ends.oldest);
    for (LedgerEntry& entry : log) shelf.log.Append(std::move(entry));
    shelf.loaded = true;
  }
  shelf.reloaded = true;
  return absl::OkStatus();
}

absl::Status NodeLedger::Restore(Shelf& shelf) {
  absl::flat_hash_map<std::string, uint64_t> present;
  std::string next;
  do {
    LATCHKEY_ASSIGN_OR_RETURN(const LedgerDocuments page, ledger_.ReadDocuments(shelf.book, next));
    for (const LedgerEntry& document : page.documents) present[document.change.id] = document.place.position;
    next = page.next;
  } while (!next.empty());
  const uint64_t above = shelf.log.latest().position;
  for (LedgerEntry& held : shelf.copy->Held()) {
    const auto found = present.find(held.change.id);
    const uint64_t there = found == present.end() ? 0 : found->second;
    if (there >= held.place.position) continue;
    held.change.expected = there;
    held.change.above = above;
    // Another node may do the same: one of them is refused, and that is all.
    ledger_.Put(shelf.book, std::move(held.change), [](const absl::StatusOr<LedgerPlace>&) {});
  }
  return absl::OkStatus();
}

bool NodeLedger::Apply(Shelf& shelf) {
  const bool reloaded = std::exchange(shelf.reloaded, false);
  if (shelf.fetched.empty()) return reloaded;
  shelf.read_from = shelf.fetched.back().place;
  for (LedgerEntry& entry : shelf.fetched) {
    shelf.copy->Hear(entry);
    const MutexLock lock(mutex_);
    // Below what was heard: somebody wrote before all had noticed that the log was lost.
    if (entry.place.position <= shelf.log.latest().position) {
      shelf.loaded = false;
      continue;
    }
    shelf.log.Append(std::move(entry));
  }
  shelf.fetched.clear();
  return true;
}

bool NodeLedger::Waits(const Waiting& waiting) const {
  const Shelf* shelf = Find(waiting.book);
  if (shelf == nullptr) return false;
  if (waiting.position > 0) return waiting.position > shelf->log.latest().position;
  return waiting.rounds >= rounds_;  // what stood in its way may not have been read by this round
}

void NodeLedger::AnswerWaiting(bool all) {
  std::vector<Waiting> ready;
  {
    const MutexLock lock(mutex_);
    for (Waiting& each : std::exchange(waiting_, {}))
      (!all && Waits(each) ? waiting_ : ready).push_back(std::move(each));
  }
  for (Waiting& waiting : ready) waiting.done(std::move(waiting.answer));
}

void NodeLedger::Stop() {
  for (bool answering = true; answering;) {
    const MutexLock lock(link_->mutex);
    link_->stopped = true;
    answering = link_->answering > 0;
  }
  AnswerWaiting(/*all=*/true);
}

bool NodeLedger::ready() const {
  const MutexLock lock(mutex_);
  return std::all_of(shelves_.begin(), shelves_.end(), [](const auto& shelf) { return shelf->loaded; });
}

absl::StatusOr<std::vector<LedgerEntry>> NodeLedger::ReadAfter(Book book, LedgerPlace after,
                                                               size_t count_max) const {
  const MutexLock lock(mutex_);
  const Shelf* shelf = Find(book);
  if (shelf == nullptr || !shelf->loaded)
    return absl::UnavailableError("the ledger has not been read yet; try again soon");
  return shelf->log.ReadAfter(after, count_max);
}

absl::StatusOr<LedgerPlace> NodeLedger::Latest(Book book) const {
  const MutexLock lock(mutex_);
  const Shelf* shelf = Find(book);
  if (shelf == nullptr || !shelf->loaded)
    return absl::UnavailableError("the ledger has not been read yet; try again soon");
  return shelf->log.latest();
}

const NodeLedger::Shelf* NodeLedger::Find(Book book) const {
  for (const auto& shelf : shelves_) {
    if (shelf->book == book) return shelf.get();
  }
  return nullptr;
}

}  // namespace latchkey
