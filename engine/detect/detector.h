// A detector: one attack, and when to speak of it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/detect/finding.h"
#include "engine/detect/tally.h"
#include "engine/policy/detect_spec.h"
#include "engine/workflow/stake_lookup.h"

namespace latchkey {

// An account with a stake in a workflow of the victim's, and what ties it to where the attack comes from.
struct RivalLink {
  NamedAccount account;
  std::string workflow;
  TimePoint stake_created;
  TimePoint stake_end;
  bool same_address = false;
  bool same_network = false;
  bool same_device = false;
  double share = 1;       // of the tries, those that come from there
  int64_t residents = 1;  // accounts that log in there, the rival's own included
  TimePoint last_login;   // there
  bool attacked = false;  // fails from the same source as well: rather a victim too
};

// What detectors are shown: of one account, of the sources that fail on most accounts, of the tenant. What is
// absent says nothing.
struct Activity {
  TimePoint now;
  std::string tenant;

  const AccountTally* account = nullptr;
  NamedAccount account_name;
  std::vector<Stake> stakes;     // of this account, those that end first first
  std::vector<RivalLink> links;  // of its rivals
  int64_t victims_in_workflow =
      1;  // accounts with a stake in the same workflow that are failed on in this hour
  int64_t stakes_in_workflow = 1;  // how many stakes there are in it
  int64_t accounts_of_source = 1;  // that the source with most tries fails on in this hour
  std::vector<NamedSource> account_sources;
  std::vector<NamedSource> account_networks;

  const SourceTally* source = nullptr;
  NamedSource source_name;
  NamedAccount failed_on;

  const TenantTally* tenant_wide = nullptr;
  std::span<const SourceTally> busiest;  // sources and networks of the tenant
};

// Pure functions: equal activity gives equal findings.
class Detector {
 public:
  virtual ~Detector() = default;
  // "lockout-sabotage": for logs, metrics and incidents.
  [[nodiscard]] std::string_view id() const { return NameOf(kind()).id; }
  [[nodiscard]] virtual AttackKind kind() const = 0;
  [[nodiscard]] virtual std::optional<Finding> Evaluate(const Activity& activity) const = 0;
};

// A finding of the account, the source or the tenant that is shown, with what they have in common filled in.
[[nodiscard]] Finding FindingOfAccount(AttackKind kind, const Activity& activity);
[[nodiscard]] Finding FindingOfSource(AttackKind kind, const Activity& activity);
[[nodiscard]] Finding FindingOfTenant(AttackKind kind, const Activity& activity);

// What was decided on the tries that a tally counts.
template <typename Tally>
[[nodiscard]] ActionCounts DecisionsOn(const Tally& tally) {
  return {.allow = tally.failures,
          .throttle = int64_t{tally.refusals} - tally.challenged - tally.locked_out,
          .challenge = tally.challenged,
          .lockout = tally.locked_out};
}

// How sure a count makes that is `times` the limit: 0.8 at the limit, 0.95 at four times it.
[[nodiscard]] double ConfidenceOf(double count, double limit);

// "4 min", "55 s", "3 h": for texts.
[[nodiscard]] std::string AgeText(Duration span);
// The name, or the first digits of the pseudonym.
[[nodiscard]] std::string ShownName(const Key& key, const std::string& name);

}  // namespace latchkey
