#include "adapters/policy_file/problems.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {

void Problems::Add(TextPosition at, std::string message, std::string mend) {
  if (problems_.size() == kMax) {
    ++left_off_;
    return;
  }
  problems_.push_back({.at = at, .message = std::move(message), .mend = std::move(mend)});
}

std::vector<PolicyProblem> Problems::Sorted() const {
  std::vector<PolicyProblem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const PolicyProblem& a, const PolicyProblem& b) { return a.at < b.at; });
  return sorted;
}

std::string ProblemText(std::string_view file, const PolicyProblem& problem) {
  std::string text(file);
  if (problem.at.line > 0) absl::StrAppend(&text, ":", problem.at.line, ":", problem.at.column);
  absl::StrAppend(&text, ": ", problem.message);
  if (!problem.mend.empty()) absl::StrAppend(&text, "; ", problem.mend);
  return text;
}

}  // namespace latchkey
