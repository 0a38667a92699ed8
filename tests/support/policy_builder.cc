#include "tests/support/policy_builder.h"

#include <cstdio>
#include <cstdlib>

namespace latchkey {

PolicySpec StorefrontSpec() {
  PolicySpec spec;
  spec.name = "storefront";
  spec.device.consecutive = 5;
  spec.recovered.consecutive = 5;
  spec.recovered.recoveries = {{2, kDay}, {8, 30 * kDay}};
  spec.familiar.failures = {{4, kDay}, {16, 30 * kDay}};
  spec.challenged.failures = {{15, kDay}, {60, 30 * kDay}};
  spec.stranger.failures = {{25, kDay}, {90, 30 * kDay}};
  return spec;
}

Rule FailureRule(std::string id, std::vector<KeyKind> by, LaneSet from, std::vector<Limit> limits) {
  Rule rule{.id = std::move(id), .count = CountKind::kFailures, .by = std::move(by), .from = from};
  for (const Limit& limit : limits) rule.limits.push_back({.limit = limit});
  return rule;
}

std::shared_ptr<const Policy> MustCompile(PolicySpec spec, int64_t revision) {
  std::vector<Diagnostic> diagnostics;
  auto policy = Policy::Compile(std::move(spec), revision, diagnostics);
  for (const Diagnostic& d : diagnostics)
    std::fprintf(stderr, "%s: %s; %s\n", d.path.c_str(), d.message.c_str(), d.mend.c_str());
  if (policy == nullptr) std::abort();
  return policy;
}

}  // namespace latchkey
