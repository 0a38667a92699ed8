#include "engine/detect/password_spray.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// More than yesterday, and than its share of all passwords by chance.
constexpr double kGrowth = 4;
constexpr double kDeviations = 8;

}  // namespace

std::optional<Finding> PasswordSpray::Evaluate(const Activity& activity) const {
  if (activity.tenant_wide == nullptr) return std::nullopt;
  const TenantTally& tenant = *activity.tenant_wide;
  const auto count = static_cast<double>(tenant.tag_accounts);
  if (count < static_cast<double>(limits_.accounts)) return std::nullopt;
  const auto all = static_cast<double>(std::max(tenant.day_passwords, tenant.day_passwords_yesterday));
  const double mean = all / static_cast<double>(TenantTally::kTags);
  if (count < mean + kDeviations * std::sqrt(mean)) return std::nullopt;
  // What is popular was popular yesterday. Without a yesterday, only what stands out of everything.
  const bool known = tenant.day_passwords_yesterday > 0;
  const bool grown = count >= kGrowth * static_cast<double>(std::max<uint32_t>(1, tenant.tag_yesterday));
  const double share = count / std::max(1.0, static_cast<double>(tenant.day_passwords));
  if (share < limits_.share || (known && !grown)) return std::nullopt;
  Finding finding = FindingOfTenant(kind(), activity);
  finding.first_seen = tenant.day_first;
  finding.distinct_accounts = tenant.tag_accounts;
  finding.distinct_sources = tenant.day_sources;
  finding.distinct_passwords = 1;
  for (const SourceTally& source : activity.busiest) {
    std::vector<NamedSource>& list = source.is_network ? finding.networks : finding.sources;
    if (list.size() < Finding::kListMax) list.push_back({source.key, ""});
  }
  finding.confidence = ConfidenceOf(count, static_cast<double>(limits_.accounts));
  finding.severity = Severity::kHigh;
  finding.evidence = {
      {"accounts that one password failed on", count, 0,
       absl::StrCat(tenant.tag_accounts, " accounts today, yesterday ", tenant.tag_yesterday)},
      {"its share of all wrong passwords", share, 0,
       absl::StrCat(tenant.day_passwords, " wrong passwords today")}};
  finding.text = absl::StrCat("one password failed on ", tenant.tag_accounts, " accounts today, of ",
                              tenant.day_passwords, " wrong passwords from about ", tenant.day_sources,
                              " addresses; yesterday it failed on ", tenant.tag_yesterday);
  return finding;
}

}  // namespace latchkey
