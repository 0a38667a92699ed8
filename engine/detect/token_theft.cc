#include "engine/detect/token_theft.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// The same device in two places at once: fewer failures will do, but more than the dozen of somebody who has
// forgotten his password abroad and logs in at home later.
constexpr double kElsewhere = 0.8;

}  // namespace

std::optional<Finding> TokenTheft::Evaluate(const Activity& activity) const {
  if (activity.account == nullptr) return std::nullopt;
  const AccountTally& account = *activity.account;
  const double wanted =
      static_cast<double>(limits_.failures) * (account.token_elsewhere > 0 ? kElsewhere : 1.0);
  if (account.token_failures < wanted) return std::nullopt;
  Finding finding = FindingOfAccount(kind(), activity);
  finding.first_seen = account.token_first;
  finding.last_seen = account.token_last;
  finding.attempts = account.token_failures;
  finding.failures = account.token_failures;
  finding.refusals = 0;
  finding.decisions = {.allow = account.token_failures};
  finding.distinct_sources = 1;
  finding.sources.clear();
  finding.networks = {{account.token_network, ""}};
  finding.confidence = ConfidenceOf(account.token_failures, wanted);
  finding.severity = Severity::kHigh;
  finding.evidence = {
      {"failures with a device token", static_cast<double>(account.token_failures), 0,
       "from a network where it got in neither before nor since"},
      {"logins of the owner elsewhere meanwhile", static_cast<double>(account.token_elsewhere), 0,
       absl::StrCat(account.token_elsewhere, " logins")}};
  finding.text = absl::StrCat(account.token_failures, " failed tries with a device token of ",
                              ShownName(account.key, activity.account_name.name),
                              " from a network where it never got in; its owner logged in elsewhere ",
                              account.token_elsewhere, " times meanwhile");
  return finding;
}

}  // namespace latchkey
