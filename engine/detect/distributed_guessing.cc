#include "engine/detect/distributed_guessing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {

std::optional<Finding> DistributedGuessing::Evaluate(const Activity& activity) const {
  if (activity.account == nullptr) return std::nullopt;
  const AccountTally& account = *activity.account;
  const int64_t sources = account.sources.Count();
  if (sources < limits_.sources) return std::nullopt;
  Finding finding = FindingOfAccount(kind(), activity);
  finding.confidence = ConfidenceOf(static_cast<double>(sources), static_cast<double>(limits_.sources));
  finding.severity = Severity::kHigh;
  finding.evidence = {{"different addresses", static_cast<double>(sources), 0,
                       absl::StrCat("about ", sources, " addresses, ", account.tries, " tries")}};
  finding.text =
      absl::StrCat(account.tries, " failed or refused tries on ",
                   ShownName(account.key, activity.account_name.name), " from about ", sources, " addresses");
  return finding;
}

}  // namespace latchkey
