// One attacker against one account under one baseline, on the real engine and a clock that only he moves.
#pragma once

#include <string>
#include <vector>

#include "tests/support/engine_rig.h"

namespace latchkey {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): units of time

// The text of policies/baselines/<name>.yaml.
[[nodiscard]] std::string BaselineText(const std::string& name);
// Every baseline there is, by name, sorted.
[[nodiscard]] std::vector<std::string> BaselineNames();

// Who asks at the victim's door.
[[nodiscard]] AttemptFields AttemptFrom(const std::string& address);

// The victim: a device that has logged in from home, and whatever else he comes with.
class Siege {
 public:
  explicit Siege(const std::string& baseline);

  [[nodiscard]] EngineRig& rig() { return rig_; }

  // Tries a wrong password from `address` at every moment at which one is admitted, for `span`. Answers how
  // many were.
  int64_t Greedy(Duration span, const std::string& address = "203.0.113.66");
  // Tries `tries` times at once in every `period`, for `span`. Answers how many were admitted.
  int64_t Paced(int64_t tries, Duration period, Duration span, const std::string& address = "203.0.113.66");

  // How the victim would be answered now; nothing is counted.
  [[nodiscard]] Action OnDevice();      // his device, at home
  [[nodiscard]] Action FromHome();      // a new device, at home
  [[nodiscard]] Action FromAnywhere();  // a new device, at a new address

  // Shares of the time since the siege began (or since Measure) in which they were refused.
  struct Refused {
    double on_device = 0;
    double from_home = 0;
    double from_anywhere = 0;
  };
  [[nodiscard]] Refused refused() const;
  void Measure();

 private:
  void Wait(Duration time);

  EngineRig rig_;
  std::string device_token_;
  Duration measured_{0};
  Duration on_device_{0};
  Duration from_home_{0};
  Duration from_anywhere_{0};
};

}  // namespace latchkey
