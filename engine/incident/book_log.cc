#include "engine/incident/book_log.h"

#include <algorithm>
#include <utility>

namespace latchkey {

void BookLog::Clear(LedgerPlace oldest) {
  entries_.clear();
  oldest_ = oldest;
}

void BookLog::Append(LedgerEntry entry) {
  entries_.push_back(std::move(entry));
  while (entries_.size() > count_max_) {
    oldest_ = entries_.front().place;
    entries_.pop_front();
  }
}

absl::StatusOr<std::vector<LedgerEntry>> BookLog::ReadAfter(LedgerPlace after, size_t count_max) const {
  if (after.position > latest().position)
    return absl::OutOfRangeError("cursor: of the future; this log was lost, or it is of another store");
  if (after.position < oldest_.position)
    return absl::OutOfRangeError("cursor: changes after it are no longer kept; read anew");
  auto next = std::upper_bound(
      entries_.begin(), entries_.end(), after.position,
      [](uint64_t position, const LedgerEntry& entry) { return position < entry.place.position; });
  const LedgerPlace known = next == entries_.begin() ? oldest_ : std::prev(next)->place;
  if (known != after)
    return absl::OutOfRangeError("cursor: the log was lost since, or is another; read anew");
  const auto left = static_cast<size_t>(entries_.end() - next);
  const auto count = static_cast<std::ptrdiff_t>(std::min(left, count_max));
  return std::vector<LedgerEntry>(next, next + count);
}

}  // namespace latchkey
