// Which policies and scenarios the lab plays: files, folders, or those that come with Latchkey.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/lab/scenario.h"
#include "engine/policy/policy.h"

namespace latchkey::cli {

struct NamedPolicy {
  std::string name;  // of its file: "five-strikes"
  std::shared_ptr<const Policy> policy;
};

// Each path is a file or a folder of .yaml files; none: policies/ and policies/baselines/ of a folder above
// this program, the default one first.
[[nodiscard]] absl::StatusOr<std::vector<NamedPolicy>> LoadPolicies(const std::vector<std::string>& paths);

// The same for tests/scenarios.
[[nodiscard]] absl::StatusOr<std::vector<lab::Scenario>> LoadScenarios(const std::vector<std::string>& paths);

// The same for tests/scenarios and the folder `detection` in it.
[[nodiscard]] absl::StatusOr<std::vector<lab::Scenario>> LoadDetectionScenarios(
    const std::vector<std::string>& paths);

}  // namespace latchkey::cli
