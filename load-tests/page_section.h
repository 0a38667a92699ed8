// A section of a page that a program writes, between two comments: <!-- NAME: … --> and <!-- /NAME -->.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace latchkey::load {

// `page` with `text` in place of what stands between the two comments, each on a line of its own. kNotFound
// when the page has no such section.
absl::StatusOr<std::string> WithSection(std::string_view page, std::string_view name, std::string_view text);

}  // namespace latchkey::load
