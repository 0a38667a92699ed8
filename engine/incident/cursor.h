// Cursors of streams: a place in a book's log, as text that callers keep and give back.
#pragma once

#include <string>
#include <string_view>

#include "engine/incident/ledger.h"

namespace latchkey {

// "prod/standings/17/9f3c…": says whose it is, so that one of another environment is known as such.
[[nodiscard]] std::string CursorOf(std::string_view environment, Book book, LedgerPlace place);

// kInvalidArgument for what is no cursor of this environment and book; says which it is of.
[[nodiscard]] absl::StatusOr<LedgerPlace> PlaceOf(std::string_view environment, Book book,
                                                  std::string_view cursor);

}  // namespace latchkey
