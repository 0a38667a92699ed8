#include "engine/detect/low_and_slow.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {

namespace {

// Of this very episode: one who guessed last month and an owner who mistypes today are two.
constexpr uint32_t kFailuresNow = 5;

}  // namespace

std::optional<Finding> LowAndSlow::Evaluate(const Activity& activity) const {
  if (activity.account == nullptr) return std::nullopt;
  const AccountTally& account = *activity.account;
  const int days = account.DaysSeen();
  const int64_t passwords = account.tagged > 0 ? account.slow_passwords.Count() : account.slow_failures;
  if (account.failures < kFailuresNow) return std::nullopt;
  if (days < limits_.days || passwords < limits_.passwords) return std::nullopt;
  Finding finding = FindingOfAccount(kind(), activity);
  finding.failures = account.slow_failures;
  finding.decisions.allow = account.slow_failures;
  finding.attempts = std::max<int64_t>(finding.attempts, account.slow_failures);
  finding.distinct_passwords = passwords;
  finding.confidence = ConfidenceOf(static_cast<double>(passwords), static_cast<double>(limits_.passwords));
  finding.severity = Severity::kMedium;
  finding.evidence = {
      {"days with failures", static_cast<double>(days), 0, absl::StrCat(days, " of the last 30 days")},
      {"different wrong passwords", static_cast<double>(passwords), 0,
       account.tagged > 0 ? absl::StrCat("about ", passwords, " different ones in these days")
                          : absl::StrCat(passwords, " failures; without tags each may be another one")}};
  finding.text =
      absl::StrCat(account.tagged > 0 ? absl::StrCat("about ", passwords, " different passwords")
                                      : absl::StrCat(passwords, " passwords"),
                   " failed on ", ShownName(account.key, activity.account_name.name), " in ", days, " days");
  return finding;
}

}  // namespace latchkey
