// Everything that is wrong with a policy file, gathered while reading goes on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/policy/policy_reader.h"

namespace latchkey {

// Thread-compatible.
class Problems {
 public:
  // Beyond this many only a count is kept: a file of another kind is not repeated line by line.
  static constexpr size_t kMax = 100;

  void Add(TextPosition at, std::string message, std::string mend = {});

  [[nodiscard]] bool empty() const { return problems_.empty(); }
  // In the order of the file.
  [[nodiscard]] std::vector<PolicyProblem> Sorted() const;
  [[nodiscard]] size_t left_off() const { return left_off_; }

 private:
  std::vector<PolicyProblem> problems_;
  size_t left_off_ = 0;
};

// "default.yaml:12:7: unknown key 'abov' in a limit; did you mean 'above'?"
[[nodiscard]] std::string ProblemText(std::string_view file, const PolicyProblem& problem);

}  // namespace latchkey
