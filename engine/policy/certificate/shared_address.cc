#include "engine/policy/certificate/shared_address.h"

#include <cmath>

namespace latchkey {
namespace {

constexpr double kFailingSessions = 0.07;  // a login
constexpr double kFailures = 0.14;         // a login
constexpr double kBusiestHour = 0.15;      // of a day's logins
constexpr double kTolerated = 0.01;
constexpr int64_t kPeopleMax = 100'000'000;

double MoreThan(double mean, int64_t above) {
  if (mean > 1e5) return mean > static_cast<double>(above) ? 1 : 0;
  // Sums e^-m m^k / k!, in logarithms so that large means do not vanish.
  double at_most = 0;
  double log_term = -mean;
  for (int64_t k = 0; k <= above; ++k) {
    if (k > 0) log_term += std::log(mean) - std::log(static_cast<double>(k));
    at_most += std::exp(log_term);
  }
  return 1 - at_most;
}

// What one person adds to the count in the busiest window of this length.
double ShareOf(CountKind count, Duration window) {
  const double hours = std::chrono::duration<double, std::ratio<3600>>(window).count();
  const double logins =
      hours <= 1 ? kBusiestHour * hours : std::min(1.0, kBusiestHour * hours) * std::max(1.0, hours / 24);
  switch (count) {
    case CountKind::kAttempts:
      return logins * (1 + kFailures);
    case CountKind::kSuccesses:
      return logins;
    case CountKind::kDistinctAccounts:
    case CountKind::kDistinctSources:
      return logins * kFailingSessions;
    default:
      return logins * kFailures;
  }
}

int64_t PeopleFor(double share, int64_t above) {
  int64_t bears = 0;
  for (int64_t step = kPeopleMax; step > 0; step /= 2) {
    while (bears + step <= kPeopleMax &&
           MoreThan(share * static_cast<double>(bears + step), above) <= kTolerated)
      bears += step;
  }
  return bears;
}

}  // namespace

std::vector<SharedAddressLine> BoundSharedAddresses(const std::vector<Reach>& reaches) {
  std::vector<SharedAddressLine> lines;
  for (const Reach& reach : reaches) {
    if (reach.counter->shard != Shard::kSource || reach.limit.ever()) continue;
    lines.push_back(
        {.rule = reach.name,
         .limit_index = reach.limit_index,
         .network = !reach.Has(KeyKind::kSource),
         .then = reach.limit.then,
         .above = reach.limit.above,
         .window = reach.limit.window,
         .people = PeopleFor(ShareOf(reach.counter->count, reach.limit.window), reach.limit.above)});
  }
  return lines;
}

}  // namespace latchkey
