#include "engine/delivery/ledger_places.h"

#include <future>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr Duration kPatience = std::chrono::seconds(2);
// No place is forgotten while there is anybody to deliver.
constexpr Duration kPlaceLife = std::chrono::hours(24 * 3650);
constexpr char kLeaseId[] = "lease";

std::string PlaceId(std::string_view feed) { return absl::StrCat("place-", ToAbsl(feed)); }

int64_t Millis(TimePoint time) { return time.time_since_epoch().count(); }

// "until holder".
std::string LeaseBytes(TimePoint until, const std::string& holder) {
  return absl::StrCat(Millis(until), " ", holder);
}

struct Lease {
  TimePoint until;
  std::string holder;
};

// What nobody can read has ended long ago.
Lease ParseLease(const std::string& bytes) {
  int64_t until = 0;
  const size_t space = bytes.find(' ');
  if (space == std::string::npos || !absl::SimpleAtoi(bytes.substr(0, space), &until)) return {};
  return {TimePoint(Duration(until)), bytes.substr(space + 1)};
}

}  // namespace

absl::StatusOr<LedgerPlaces::Document> LedgerPlaces::Find(const std::string& id) {
  std::string next;
  do {
    LATCHKEY_ASSIGN_OR_RETURN(const LedgerDocuments page, ledger_.ReadDocuments(Book::kOutbox, next));
    for (const LedgerEntry& entry : page.documents) {
      if (entry.change.id == id) return Document{entry.change.bytes, entry.place.position};
    }
    next = page.next;
  } while (!next.empty());
  return Document{};
}

absl::Status LedgerPlaces::Put(LedgerChange change) {
  using Result = absl::StatusOr<LedgerPlace>;
  const auto promise = std::make_shared<std::promise<Result>>();
  std::future<Result> done = promise->get_future();
  const std::string id = change.id;
  ledger_.Put(Book::kOutbox, std::move(change),
              [promise](Result result) { promise->set_value(std::move(result)); });
  if (done.wait_for(kPatience) != std::future_status::ready)
    return absl::DeadlineExceededError("the ledger does not answer");
  LATCHKEY_ASSIGN_OR_RETURN(const LedgerPlace place, done.get());
  written_[id] = place.position;
  return absl::OkStatus();
}

absl::StatusOr<bool> LedgerPlaces::Hold(TimePoint now) {
  if (lease_ == Duration::zero()) return true;
  if (std::exchange(lost_, false)) return false;
  LATCHKEY_ASSIGN_OR_RETURN(const Document document, Find(kLeaseId));
  const Lease lease = ParseLease(document.bytes);
  if (lease.holder != node_ && lease.until > now) return false;
  const TimePoint until = now + lease_;
  const absl::Status put =
      Put({.id = kLeaseId, .expected = document.position, .bytes = LeaseBytes(until, node_), .end = until});
  if (absl::IsAborted(put)) return false;  // Another node was faster.
  LATCHKEY_RETURN_IF_ERROR(put);
  return true;
}

void LedgerPlaces::Release() {
  if (lease_ == Duration::zero()) return;
  const absl::StatusOr<Document> document = Find(kLeaseId);
  if (!document.ok() || ParseLease(document->bytes).holder != node_) return;
  // Should it fail, the lease ends by itself.
  (void)Put({.id = kLeaseId, .expected = document->position, .keep = false});
}

absl::StatusOr<std::string> LedgerPlaces::Read(std::string_view feed) {
  const std::string id = PlaceId(feed);
  LATCHKEY_ASSIGN_OR_RETURN(Document document, Find(id));
  written_[id] = document.position;
  return std::move(document.bytes);
}

absl::Status LedgerPlaces::Write(std::string_view feed, const std::string& place, TimePoint now) {
  const std::string id = PlaceId(feed);
  // Who has lost the lease without knowing moves no place that another node has moved since.
  const absl::Status put = Put({.id = id, .expected = written_[id], .bytes = place, .end = now + kPlaceLife});
  lost_ = lost_ || absl::IsAborted(put);
  return put;
}

}  // namespace latchkey
