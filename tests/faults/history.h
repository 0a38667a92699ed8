// What was asked and answered while a fault was there, and what follows from it. The independent side of the
// fault tests: it knows every attempt and nothing of the engine.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace latchkey::faults {

using Moment = std::chrono::steady_clock::time_point;

struct Act {
  enum class Who : uint8_t { kOwner, kAttacker };
  enum class End : uint8_t { kAdmitted, kRefused, kUnanswered };

  Who who = Who::kOwner;
  End end = End::kUnanswered;
  bool degraded = false;
  bool device_lane = false;  // Answered in the lane of devices.
  std::string account;
  std::string decision;
  Moment asked, answered;
  int asks = 1;  // Nodes that were asked: a charge each, if none of them answers.
};

struct Bounds {
  int budget = 0;     // Of each account that is attacked: wrong passwords in the window.
  int overshoot = 0;  // Beyond it, of one account.
  int lost = 0;       // Acknowledged charges of all accounts that the store may forget.
  double recovery_s = 10;
};

struct Verdict {
  int lost_acknowledged = 0;
  int overshoot = 0;
  int owners_refused = 0;
  int crossed = 0;  // Answers that belong to another request, charges that nobody asked for.
  int fallen = 0;   // Owners on a device who were admitted in a weaker lane: their device's budget was spent.
  int refused = 0;
  int degraded = 0;
  int unanswered = 0;
  std::vector<std::string> wrong;  // Broken bounds, in words.
};

// `acts` are in the order of their answers. `exhausted`: how many more of each attacked account the sound
// store admitted afterwards, until it refused. `recovered_s`: below zero, never.
[[nodiscard]] Verdict Judge(const std::vector<Act>& acts, const std::map<std::string, int>& exhausted,
                            const Bounds& bounds, double recovered_s);

// Charges that were acknowledged in the `span` before `moment`: what a store that forgets so much may forget.
[[nodiscard]] int AcknowledgedIn(const std::vector<Act>& acts, Moment moment, std::chrono::milliseconds span);

}  // namespace latchkey::faults
