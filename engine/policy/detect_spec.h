// `detect:` of a policy: from where on detectors speak of an attack, and how evidence of sabotage weighs.
//
// Shares and ratios are those of honest traffic; docs/detection.md says where each comes from.
#pragma once

#include <cstdint>

#include "engine/base/clock.h"

namespace latchkey {

struct DetectSpec {
  // Odds: one session of strangers in `one_in` is sabotage; terms of evidence multiply them.
  struct LockoutSabotage {
    int64_t tries = 3;        // fewer say nothing
    double confidence = 0.8;  // it is said from here on
    int64_t one_in = 1'000'000;
    double again = 0.67;                           // of honest people who failed, those who fail again
    double stakes = 0.05;                          // of all accounts, those with something at stake
    Duration deadline = std::chrono::minutes(10);  // "right before a stake ends"
    bool operator==(const LockoutSabotage&) const = default;
  };
  // A rival is an account with a stake in a workflow of the victim's. Ratios: how much likelier the trait is
  // if this rival is behind it than if somebody else is.
  struct Suspects {
    double confidence = 0.8;   // named from here on
    double prior = 0.05;       // of sabotage, the share that is one given rival's
    double same_address = 50;  // divided by the accounts that log in there
    double same_network = 4;   // likewise
    double same_device = 500;  // sent a device token of the rival's
    double recently = 4;       // logged in there `recent` before the attack, or during it
    Duration recent = std::chrono::minutes(15);
    bool operator==(const Suspects&) const = default;
  };
  struct CredentialStuffing {
    int64_t accounts = 25;  // that one source or network fails on in an hour …
    double failing = 0.8;   // … and their share of all that come from there
    bool operator==(const CredentialStuffing&) const = default;
  };
  struct PasswordSpray {
    int64_t accounts = 20;  // that one password fails on in a day
    double share = 0.05;    // of the tenant's wrong passwords in that day
    bool operator==(const PasswordSpray&) const = default;
  };
  struct TargetedGuessing {
    int64_t passwords = 20;  // different ones that fail on one account
    bool operator==(const TargetedGuessing&) const = default;
  };
  struct DistributedGuessing {
    int64_t sources = 24;  // that fail on one account
    bool operator==(const DistributedGuessing&) const = default;
  };
  struct LowAndSlow {
    int64_t days = 4;        // of the last 30 with failures of strangers
    int64_t passwords = 60;  // different ones that failed in them
    bool operator==(const LowAndSlow&) const = default;
  };
  struct TokenTheft {
    int64_t failures = 32;  // with a device's token, where that device never got in
    bool operator==(const TokenTheft&) const = default;
  };
  struct CounterLaundering {
    int64_t failures = 12;  // of a source, on accounts that never log in from there …
    int64_t logins = 3;     // … between logins to another account
    bool operator==(const CounterLaundering&) const = default;
  };
  struct KeyFlood {
    int64_t names = 1000;  // different ones tried in an hour
    double unknown = 0.9;  // of the failures, those on accounts that do not exist
    bool operator==(const KeyFlood&) const = default;
  };

  LockoutSabotage lockout_sabotage;
  Suspects suspects;
  CredentialStuffing credential_stuffing;
  PasswordSpray password_spray;
  TargetedGuessing targeted_guessing;
  DistributedGuessing distributed_guessing;
  LowAndSlow low_and_slow;
  TokenTheft token_theft;
  CounterLaundering counter_laundering;
  KeyFlood key_flood;
  bool operator==(const DetectSpec&) const = default;
};

}  // namespace latchkey
