#include "engine/detect/key_flood.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr double kNewEach = 0.5;  // of tries, those with a name that was not seen in this hour

}  // namespace

std::optional<Finding> KeyFlood::Evaluate(const Activity& activity) const {
  if (activity.tenant_wide == nullptr) return std::nullopt;
  const TenantTally& tenant = *activity.tenant_wide;
  if (tenant.names < limits_.names || tenant.failures == 0) return std::nullopt;
  const double unknown = static_cast<double>(tenant.unknown) / tenant.failures;
  const double fresh = static_cast<double>(tenant.names) / std::max<uint32_t>(1, tenant.tries);
  if (unknown < limits_.unknown || fresh < kNewEach) return std::nullopt;
  Finding finding = FindingOfTenant(kind(), activity);
  finding.confidence = ConfidenceOf(static_cast<double>(tenant.names), static_cast<double>(limits_.names));
  finding.severity = Severity::kMedium;
  finding.evidence = {{"names tried in an hour", static_cast<double>(tenant.names), 0,
                       absl::StrCat("about ", tenant.names, " different ones")},
                      {"unknown accounts a failure", unknown, 0,
                       absl::StrCat(tenant.unknown, " of ", tenant.failures, " failures")}};
  finding.text = absl::StrCat("about ", tenant.names, " names were tried within an hour from about ",
                              tenant.sources, " addresses; ", tenant.unknown, " of ", tenant.failures,
                              " failures were on accounts that do not exist");
  return finding;
}

}  // namespace latchkey
