#include "engine/detect/targeted_guessing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {

std::optional<Finding> TargetedGuessing::Evaluate(const Activity& activity) const {
  if (activity.account == nullptr) return std::nullopt;
  const AccountTally& account = *activity.account;
  // Without tags, each failure may be another password.
  const int64_t passwords = account.tagged > 0 ? account.passwords.Count() : account.failures;
  if (passwords < limits_.passwords) return std::nullopt;
  Finding finding = FindingOfAccount(kind(), activity);
  finding.confidence = ConfidenceOf(static_cast<double>(passwords), static_cast<double>(limits_.passwords));
  finding.severity = account.solved > 0 ? Severity::kHigh : Severity::kMedium;
  finding.evidence = {{"different wrong passwords", static_cast<double>(passwords), 0,
                       account.tagged > 0
                           ? absl::StrCat(passwords, " different ones in ", account.failures, " failures")
                           : absl::StrCat(passwords, " failures; without tags each may be another one")}};
  finding.text = absl::StrCat(
      passwords, account.tagged > 0 ? " different passwords failed on " : " passwords failed on ",
      ShownName(account.key, activity.account_name.name), ", ", account.refusals,
      account.refusals == 1 ? " more try was refused, from " : " more tries were refused, from ",
      finding.distinct_sources, finding.distinct_sources == 1 ? " address" : " addresses");
  return finding;
}

}  // namespace latchkey
