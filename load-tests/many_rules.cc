#include "load-tests/many_rules.h"

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace latchkey::load {
namespace {

std::string Rule(int n) {
  const auto rule = [n](const char* key, bool everywhere, int above, int minutes) {
    return absl::StrFormat(
        "  - id: more-%d\n    count: failures\n    by: [%s]\n    from: [stranger]\n%s    limits: [ { above: "
        "%d, in: %dm, "
        "then: challenge } ]\n",
        n, key, everywhere ? "" : absl::StrFormat("    when: { path: [path-%d] }\n", n), above, minutes);
  };
  switch (n % 6) {
    case 0:
    case 1:
      return rule("account", true, 6 + n % 19, 16 + n);
    case 2:
      return rule("network", true, 400 + n, 10);
    case 3:
      return rule("account", false, 2 + n % 4, 60);
    case 4:
      return rule("source", false, 60 + n, 10);
    default:
      return rule("tenant", false, 100'000 + n, 10);
  }
}

}  // namespace

absl::StatusOr<std::string> ManyRules(const std::string& policy_file, int rules) {
  std::ifstream file(policy_file);
  if (!file) return absl::NotFoundError(absl::StrCat(policy_file, ": cannot be read"));
  std::string text;
  int have = 0;
  for (std::string line; std::getline(file, line);) {
    absl::StrAppend(&text, line, "\n");
    if (absl::StartsWith(line, "  - id: ")) ++have;
  }
  for (int n = 0; have + n < rules; ++n) absl::StrAppend(&text, Rule(n));
  return text;
}

}  // namespace latchkey::load
