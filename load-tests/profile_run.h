// Days of load-tests/profiles, played on the stores.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "load-tests/measurement.h"
#include "load-tests/profile.h"

namespace latchkey::load {

struct ProfileSettings {
  Programs programs;
  Load load;  // rate and pace are the profile's own
  std::vector<SubjectKind> subjects;
  bool closed = true;
  bool open = true;
  int rounds = 1;
};

// Plays each profile on each subject in turns, in an open loop at its own rate and in a closed loop, and
// tells what came of it as JSON. Says on stderr what it is at. An error as soon as one cannot be played.
absl::StatusOr<std::string> PlayProfiles(const std::vector<Profile>& profiles,
                                         const ProfileSettings& settings);

}  // namespace latchkey::load
