// Findings for tests.
#pragma once

#include "absl/strings/str_cat.h"
#include "engine/detect/finding.h"

namespace latchkey {

inline constexpr TimePoint kThen{std::chrono::hours(24 * 365 * 50)};

// Somebody, it seems mallory, has failed so often on alice's account.
inline Finding Sabotage(int64_t attempts, TimePoint seen = kThen) {
  Finding finding;
  finding.kind = AttackKind::kLockoutSabotage;
  finding.severity = Severity::kMedium;
  finding.tenant = "default";
  finding.subject = {1, 1};
  finding.first_seen = seen;
  finding.last_seen = seen;
  finding.confidence = 0.9;
  finding.text = absl::StrCat(attempts, " attempts on alice, 2 distinct passwords");
  finding.attempts = attempts;
  finding.failures = 5;
  finding.refusals = attempts - 5;
  finding.decisions = {.allow = 5, .throttle = attempts - 5};
  finding.victims = {{{1, 1}, "default/alice"}};
  finding.sources = {{{2, 2}, "203.0.113.7"}};
  finding.networks = {{{3, 3}, "203.0.113.0/24"}};
  finding.workflows = {"auction-17"};
  finding.evidence = {{"distinct passwords a failure", 0.014, 3.2, "143 failures, 2 distinct passwords"}};
  finding.suspects = {{{{4, 4}, "default/mallory"},
                       0.8,
                       "logged in from the same address 4 min ago; both bid in auction-17",
                       {{"same source", 1, 2.5, "4 min ago"}}}};
  return finding;
}

}  // namespace latchkey
