// Reading a policy from the text that people write (port; the adapter reads YAML).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/policy/policy.h"

namespace latchkey {

// Where something stands in a text; both from 1. Line 0: the text as a whole.
struct TextPosition {
  int line = 0;
  int column = 0;
  bool operator==(const TextPosition&) const = default;
  bool operator<(const TextPosition& other) const {
    return line != other.line ? line < other.line : column < other.column;
  }
};

// One mistake: where, what it is and, where we know one, what would mend it.
struct PolicyProblem {
  TextPosition at;
  std::string message;
  std::string mend;
  bool operator==(const PolicyProblem&) const = default;
};

struct Certificate;  // engine/policy/certificate/certificate.h

// Exactly one of the two: a policy, or everything that is wrong with its text, in the order of the text.
struct PolicyReading {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Certificate> certificate;  // of that policy
  std::vector<PolicyProblem> problems;
  std::vector<PolicyProblem> warnings;  // of a policy that loads: the promises that it gives up
};

// Thread-safe.
class PolicyReader {
 public:
  virtual ~PolicyReader() = default;
  // `revision` numbers the policy in the answers.
  [[nodiscard]] virtual PolicyReading Read(std::string_view text, int64_t revision) const = 0;
};

}  // namespace latchkey
