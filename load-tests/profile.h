// Days that a login defence lives through, as files: load-tests/profiles.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "load-tests/workload.h"

namespace latchkey::load {

struct Profile {
  WorkloadShape shape;       // every admitted attempt is reported
  double rate = 1000;        // attempts a second in the open loop, at a pace of 1
  std::vector<double> pace;  // as Load::pace
};

// Named after its file. kInvalidArgument says what is wrong with it, kNotFound that there is none.
absl::StatusOr<Profile> ReadProfile(const std::string& file);
// All of a folder, by name.
absl::StatusOr<std::vector<Profile>> ReadProfiles(const std::string& folder);

}  // namespace latchkey::load
