// What is counted of an account, a source and a tenant: plain numbers, so that a detector is a pure function
// of them and a test writes them down.
//
// Only what strangers do is counted here: attempts that have proved nothing, or a challenge. What fell from a
// device, recovery or familiar source has proved something; of these only a device's token has a count.
#pragma once

#include <array>

#include "engine/assess/decision.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"
#include "engine/detect/distinct_bits.h"

namespace latchkey {

struct SourceTries {
  Key source;
  Key network;
  uint32_t tries = 0;  // at most …
  uint32_t error = 0;  // … so many too many

  [[nodiscard]] uint32_t sure() const { return tries - error; }
};

// Of one account. Numbers are of the episode: it ends by `kQuiet` without a try.
struct AccountTally {
  static constexpr Duration kQuiet = std::chrono::hours(2);
  // A copied token has few guesses between two logins of its owner, so its tries belong together for longer.
  static constexpr Duration kTokenQuiet = std::chrono::hours(12);
  static constexpr size_t kTopSources = 4;

  Key key;
  TimePoint first;
  TimePoint last;
  uint32_t tries = 0;     // wrong or refused
  uint32_t failures = 0;  // wrong
  uint32_t refusals = 0;
  uint32_t challenged = 0;      // of the refusals, so answered …
  uint32_t locked_out = 0;      // … the rest is throttled
  uint32_t solved = 0;          // wrong, after a challenge was passed
  uint32_t popular = 0;         // wrong, and among the passwords that the caller calls popular
  uint32_t tagged = 0;          // wrong, and with a tag …
  DistinctBits<256> passwords;  // … the different ones of these
  // From a source that the account knows, in a day; below a few they are not counted.
  DistinctBits<64> near_passwords;
  TimePoint near_first;
  DistinctBits<256> sources;
  std::array<SourceTries, kTopSources> top;  // those with most tries, about
  // Of tries after a refusal, those within seconds of when it ended.
  TimePoint refused_until;
  uint32_t waits = 0;
  uint32_t paced = 0;
  // Of the last 30 days: which had failures (bit 0 is `day`), and the different passwords.
  int32_t day = 0;
  uint32_t days = 0;
  uint32_t slow_failures = 0;
  DistinctBits<512> slow_passwords;
  // With a device token of this very account, since it last got in from that network.
  Key token_network;
  TimePoint token_first;
  TimePoint token_last;
  uint32_t token_failures = 0;
  uint32_t token_elsewhere = 0;  // logins of its owner from elsewhere in the meantime
  // A device token of another account that a try carried.
  Key foreign_account;
  uint32_t foreign_tries = 0;
  uint32_t tokens_opened = 0;
  // The watcher's own.
  uint32_t looked_at = 0;  // tries when detectors last saw it
  uint8_t tenant = 0;

  [[nodiscard]] int DaysSeen() const { return std::popcount(days & 0x3FFF'FFFFU); }
};

// Of one source or network, in an hour.
struct SourceTally {
  static constexpr Duration kSpan = std::chrono::hours(1);

  Key key;
  Key network;      // its own key, of a network
  TimePoint first;  // of the hour
  TimePoint last;
  uint32_t tries = 0;     // wrong or refused
  uint32_t failures = 0;  // wrong
  uint32_t refusals = 0;
  uint32_t challenged = 0;  // as of an account
  uint32_t locked_out = 0;
  uint32_t unknown = 0;        // wrong: there is no such account
  DistinctBits<512> accounts;  // that it fails on
  uint32_t tagged = 0;
  DistinctBits<256> passwords;  // by the tenant's tag
  // Logins to one account with failures on others in between.
  Key logged_in;
  Key failed_on;
  uint32_t alternations = 0;
  uint32_t between = 0;   // failures in them
  int64_t residents = 0;  // accounts that log in from there; filled in for detectors
  uint32_t looked_at = 0;
  bool is_network = false;
  bool login_before = false;  // the latest event was a login
};

// Of one tenant.
struct TenantTally {
  static constexpr Duration kSpan = std::chrono::hours(1);
  static constexpr size_t kTags = 4096;  // 12 bits, as callers make them

  // In an hour.
  TimePoint first;
  TimePoint last;
  uint32_t tries = 0;
  uint32_t failures = 0;
  uint32_t refusals = 0;
  uint32_t challenged = 0;  // as of an account
  uint32_t locked_out = 0;
  uint32_t unknown = 0;
  int64_t names = 0;
  int64_t sources = 0;
  // The password that failed on most accounts today, against its like: how often it failed, how often it did
  // yesterday, and all wrong passwords of today.
  TimePoint day_first;
  uint32_t tag_accounts = 0;
  uint32_t tag_yesterday = 0;
  uint32_t day_passwords = 0;
  uint32_t day_passwords_yesterday = 0;
  int64_t day_sources = 0;
};

// A try that was answered so: wrong if its password was looked at, refused otherwise.
template <typename Tally>
void CountAnswer(Action answered, Tally& tally) {
  ++(answered == Action::kAllow ? tally.failures : tally.refusals);
  tally.challenged += answered == Action::kChallenge ? 1 : 0;
  tally.locked_out += answered == Action::kLockout ? 1 : 0;
}

}  // namespace latchkey
