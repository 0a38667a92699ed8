#include "engine/detect/counter_laundering.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {

std::optional<Finding> CounterLaundering::Evaluate(const Activity& activity) const {
  if (activity.source == nullptr || activity.source->is_network) return std::nullopt;
  const SourceTally& source = *activity.source;
  if (source.between < limits_.failures || source.alternations < limits_.logins) return std::nullopt;
  Finding finding = FindingOfSource(kind(), activity);
  finding.confidence =
      ConfidenceOf(static_cast<double>(source.alternations), static_cast<double>(limits_.logins));
  finding.severity = Severity::kMedium;
  finding.victims = {activity.failed_on};
  finding.evidence = {
      {"logins to one account between failures on others", static_cast<double>(source.alternations), 0,
       absl::StrCat(source.alternations, " logins, ", source.between, " failures in between")}};
  finding.text = absl::StrCat("one address failed ", source.between, " times on other accounts between ",
                              source.alternations, " logins to one and the same account");
  return finding;
}

}  // namespace latchkey
