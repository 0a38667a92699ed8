// What an analysis has found against a promise, with the attack that shows it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace latchkey {

// `times` requests alike, one after the other.
struct AttackRequest {
  int64_t times = 1;
  std::string who;     // "anybody", "the owner"
  std::string action;  // "a wrong password for the owner's account from any address, without a token"
  std::string answer;  // what comes back: "ALLOW", or the refusal
  bool operator==(const AttackRequest&) const = default;
};

struct Breach {
  std::string promise;  // "P1"
  std::string rule;     // "five-strikes", "lanes.stranger", "bounds"
  int limit_index = 0;
  std::string path;    // "rules[0].limits[1]"
  std::string attack;  // one sentence
  std::vector<AttackRequest> requests;
  std::string mend;
  bool operator==(const Breach&) const = default;
};

}  // namespace latchkey
