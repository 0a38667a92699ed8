// Whatever the bytes, reading a policy ends, in a policy or in problems that point into the text.
#include <cstddef>
#include <cstdint>

#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const latchkey::PolicyReading reading = latchkey::YamlPolicyReader().Read(text, 1);
  LATCHKEY_CHECK((reading.policy != nullptr) == reading.problems.empty());
  LATCHKEY_CHECK(reading.problems.size() <= latchkey::Problems::kMax + 1);
  for (const latchkey::PolicyProblem& problem : reading.problems) {
    LATCHKEY_CHECK(!problem.message.empty());
    LATCHKEY_CHECK(problem.at.line >= 0 && static_cast<size_t>(problem.at.line) <= size + 2);
  }
  return 0;
}
