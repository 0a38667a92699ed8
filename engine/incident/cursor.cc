#include "engine/incident/cursor.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/base/text.h"

namespace latchkey {

std::string CursorOf(std::string_view environment, Book book, LedgerPlace place) {
  return absl::StrCat(ToAbsl(environment), "/", ToAbsl(BookName(book)), "/", place.position, "/",
                      absl::Hex(place.mark, absl::kZeroPad16));
}

absl::StatusOr<LedgerPlace> PlaceOf(std::string_view environment, Book book, std::string_view cursor) {
  LedgerPlace place;
  const std::vector<std::string> parts =
      cursor.size() > 256 ? std::vector<std::string>() : absl::StrSplit(ToAbsl(cursor), '/');
  if (parts.size() != 4 || parts[3].size() != 16 || !absl::SimpleAtoi(parts[2], &place.position) ||
      !absl::SimpleHexAtoi(parts[3], &place.mark)) {
    return absl::InvalidArgumentError("cursor: not one that a stream has answered");
  }
  if (parts[0] != ToAbsl(environment)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cursor: of environment '", parts[0], "', this is '", ToAbsl(environment), "'"));
  }
  if (parts[1] != ToAbsl(BookName(book)))
    return absl::InvalidArgumentError(absl::StrCat("cursor: of the stream of ", parts[1]));
  return place;
}

}  // namespace latchkey
