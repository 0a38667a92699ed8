#include "engine/delivery/standings_feed.h"

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/incident/cursor.h"

namespace latchkey {

uint64_t StandingsFeed::SequenceOf(const std::string& place) const {
  const absl::StatusOr<LedgerPlace> found = PlaceOf(environment_, Book::kStandings, place);
  return found.ok() ? found->position : 0;
}

absl::StatusOr<std::string> StandingsFeed::Latest(TimePoint /*now*/) { return standings_.Cursor(); }

std::optional<StandingState> StandingsFeed::Replace(const Standing& standing) {
  std::optional<StandingState> previous;
  if (const auto found = known_.find(standing.account_key); found != known_.end()) previous = found->second;
  const auto [entry, fresh] = known_.insert_or_assign(standing.account_key, standing.state);
  if (fresh) known_order_.push_back(standing.account_key);
  if (known_order_.size() > kKnownMax) {
    known_.erase(known_order_.front());
    known_order_.pop_front();
  }
  return previous;
}

absl::StatusOr<NoticeFeed::Page> StandingsFeed::ReadAfter(const std::string& place, size_t count_max,
                                                          TimePoint now) {
  LATCHKEY_ASSIGN_OR_RETURN(Standings::Changes changes, standings_.ChangesAfter(place, count_max));
  Page page{.place = std::move(changes.cursor)};
  for (size_t i = 0; i < changes.standings.size(); ++i) {
    const Standing& standing = changes.standings[i];
    Notice notice = NoticeOf(standing, Replace(standing), now);
    notice.book = kBook;
    notice.sequence = changes.sequences[i];
    // Of this very change, the same on every node: two within a millisecond are two.
    notice.id = absl::StrCat("standing-", notice.order_key.substr(0, 16), "-", notice.sequence);
    page.notices.push_back(std::move(notice));
    page.places.push_back(std::move(changes.cursors[i]));
  }
  return page;
}

}  // namespace latchkey
