#include "adapters/policy_file/suggest.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kLongestWord = 40;  // Longer words are no misspelling of ours; comparing them costs.

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  // Optimal string alignment, three rows at a time.
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string Suggest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view nearest;
  size_t nearest_distance = word.size() / 3 + 2;  // Further away than this is another word.
  if (word.size() <= kLongestWord) {
    for (std::string_view name : known) {
      const size_t distance = EditDistance(word, name);
      if (distance < nearest_distance && distance < name.size()) {
        nearest = name;
        nearest_distance = distance;
      }
    }
  }
  if (!nearest.empty()) return absl::StrCat("did you mean '", ToAbsl(nearest), "'?");
  std::string all = "one of: ";
  for (size_t i = 0; i < known.size(); ++i) absl::StrAppend(&all, i == 0 ? "" : ", ", ToAbsl(known[i]));
  return all;
}

}  // namespace latchkey
