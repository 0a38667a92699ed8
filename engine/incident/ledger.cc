#include "engine/incident/ledger.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {

std::string_view BookName(Book book) {
  switch (book) {
    case Book::kIncidents:
      return "incidents";
    case Book::kStandings:
      return "standings";
    case Book::kStakes:
      return "stakes";
    case Book::kOutbox:
      return "outbox";
  }
  return "";
}

absl::Status CheckChange(const LedgerChange& change) {
  const auto printable = [](const std::string& text) {
    return text.size() <= 64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
  };
  if (change.id.empty() || !printable(change.id) || !printable(change.claim))
    return absl::InvalidArgumentError("a document's id and claim are at most 64 printable bytes");
  if (change.bytes.size() > kLedgerBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a document of ", change.bytes.size(), " bytes: at most ", kLedgerBytesMax));
  }
  return absl::OkStatus();
}

}  // namespace latchkey
