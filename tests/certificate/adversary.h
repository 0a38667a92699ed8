// Adversaries who want as many guesses at one account's password (or, knowing it, at its codes) as they can
// get, played against the real engine: every proof is theirs, addresses are free, and they know the policy.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/policy/certificate/reach.h"
#include "tests/support/engine_rig.h"

namespace latchkey {

// How one of them behaves. What is searched.
struct Habits {
  Factor factor = Factor::kPassword;  // what is guessed
  int addresses = 12;                 // that he tries from as a stranger, in turn
  bool new_addresses = false;         // a new one each time besides
  bool stays_below = false;       // one below lockouts whose hold outlasts their window, until the very end
  int waits_a_round = 1'000'000;  // under a throttle that forgets when it is quiet: so many, then he rests
  Duration pause{0};              // between two guesses
  Duration polls{5000};           // while charges are young
  bool early_recoveries = true;   // opened before the span begins, used within it
  bool owner_moves = false;       // he sits wherever the owner logs in from, and that is ever somewhere else
  bool reports = false;           // the login form reports each guess, or the answer is never reported

  [[nodiscard]] std::string Text() const;
};

struct Guess {
  TimePoint at;
  Lane lane = Lane::kStranger;
};

// Plays for a span and answers the admitted guesses, in order. All of them are wrong.
[[nodiscard]] std::vector<Guess> Attack(const std::string& policy_yaml, const Habits& habits, Duration span,
                                        uint64_t seed);

// The most guesses in any half-open window; of one lane if given.
[[nodiscard]] int64_t MostWithin(const std::vector<Guess>& guesses, Duration span);
[[nodiscard]] int64_t MostWithin(const std::vector<Guess>& guesses, Duration span, Lane lane);

}  // namespace latchkey
