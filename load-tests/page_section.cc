#include "load-tests/page_section.h"

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey::load {

absl::StatusOr<std::string> WithSection(std::string_view page, std::string_view name, std::string_view text) {
  const std::string begin = absl::StrCat("<!-- ", ToAbsl(name), ":");
  const std::string end = absl::StrCat("<!-- /", ToAbsl(name), " -->");
  const size_t opened = page.find(begin);
  const size_t from = opened == std::string_view::npos ? opened : page.find('\n', opened);
  const size_t to = from == std::string_view::npos ? from : page.find(end, from);
  if (to == std::string_view::npos)
    return absl::NotFoundError(absl::StrCat("no section between '", begin, " … -->' and '", end, "'"));
  return absl::StrCat(ToAbsl(page.substr(0, from)), "\n\n", ToAbsl(text), "\n", ToAbsl(page.substr(to)));
}

}  // namespace latchkey::load
