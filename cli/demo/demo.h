// The auction demo: the story played with five strikes and with the default policy, and what came out side by
// side.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "cli/demo/round.h"

namespace latchkey::demo {

struct DemoOptions {
  std::string server;  // the program latchkeyd
  std::string five_strikes;
  std::string default_policy;
  std::ostream* narration = nullptr;  // required
};

struct DemoResult {
  RoundResult five_strikes;
  RoundResult default_policy;
};

// Takes some twenty seconds. Starts and ends a latchkeyd for each round.
[[nodiscard]] absl::StatusOr<DemoResult> PlayDemo(const DemoOptions& options);

// {"five-strikes": {"bid": "void", …}, "default": {…}}
[[nodiscard]] std::string DemoJson(const DemoResult& result);
void ShowDemoTable(const DemoResult& result, std::ostream& out);

// Whether the story came out as promised, from the answers: or what did not.
[[nodiscard]] absl::Status CheckStory(const DemoResult& result);

}  // namespace latchkey::demo
