// Activity as detectors are shown it, written down by hand.
#pragma once

#include <string>

#include "engine/detect/detector.h"

namespace latchkey {

inline constexpr TimePoint kNow{std::chrono::hours(24 * 365 * 50)};
inline constexpr Key kAlice{1, 1};
inline constexpr Key kMallory{2, 2};
inline constexpr Key kBob{3, 3};

// Tries of strangers on alice: the first `ago`, the last now.
inline AccountTally TriesOnAlice(uint32_t failures, uint32_t refusals, uint64_t passwords,
                                 Duration ago = std::chrono::minutes(5), uint64_t sources = 1) {
  AccountTally tally;
  tally.key = kAlice;
  tally.first = kNow - ago;
  tally.last = kNow;
  tally.tries = failures + refusals;
  tally.failures = failures;
  tally.refusals = refusals;
  tally.tagged = failures;
  for (uint64_t i = 0; i < passwords; ++i) tally.passwords.Add(Spread(i));
  for (uint64_t i = 0; i < sources; ++i) tally.sources.Add(Spread(i));
  return tally;
}

inline Stake BidIn(const std::string& workflow, Duration left, Duration ago) {
  Stake stake;
  stake.caller = "auction-house";
  stake.account_key = kAlice;
  stake.workflow = workflow;
  stake.end = kNow + left;
  stake.created = kNow - ago;
  return stake;
}

// Logged in at the attack's address, where nobody else does; bid an hour ago.
inline RivalLink AtHisAddress(const Key& rival, Duration login_ago, int64_t residents = 1) {
  RivalLink link;
  link.account = {rival, "default/rival"};
  link.workflow = "auction-17";
  link.stake_created = kNow - std::chrono::hours(1);
  link.stake_end = kNow + std::chrono::seconds(55);
  link.same_address = true;
  link.residents = residents;
  link.last_login = kNow - login_ago;
  return link;
}

}  // namespace latchkey
