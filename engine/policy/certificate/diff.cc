#include "engine/policy/certificate/diff.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "engine/policy/certificate/lines.h"
#include "engine/policy/certificate/reach.h"

namespace latchkey {
namespace {

const CertificateLine* Find(const std::vector<CertificateLine>& lines, const CertificateLine& wanted) {
  auto found = std::find_if(lines.begin(), lines.end(), [&](const CertificateLine& line) {
    return line.section == wanted.section && line.name == wanted.name;
  });
  return found == lines.end() ? nullptr : &*found;
}

}  // namespace

std::vector<LineChange> CompareCertificates(const Certificate& before, const Certificate& after) {
  const std::vector<CertificateLine> old_lines = LinesOf(before);
  const std::vector<CertificateLine> new_lines = LinesOf(after);
  std::vector<LineChange> changes;
  for (const CertificateLine& line : new_lines) {
    const CertificateLine* old = Find(old_lines, line);
    if (old != nullptr && old->value == line.value) continue;
    changes.push_back({line.section, line.name, old == nullptr ? "" : old->value, line.value});
  }
  for (const CertificateLine& line : old_lines) {
    if (Find(new_lines, line) == nullptr) changes.push_back({line.section, line.name, line.value, ""});
  }
  return changes;
}

std::vector<FreshCounter> FreshCounters(const Policy& before, const Policy& after) {
  std::vector<FreshCounter> fresh;
  std::vector<uint16_t> seen;
  for (const Reach& reach : ReachesOf(after)) {
    const uint16_t signature = reach.counter->signature;
    const bool known = std::any_of(before.counters().begin(), before.counters().end(),
                                   [&](const Counter& counter) { return counter.signature == signature; });
    if (known) continue;
    auto at = std::find(seen.begin(), seen.end(), signature);
    if (at != seen.end()) {
      FreshCounter& counted = fresh[static_cast<size_t>(at - seen.begin())];
      counted.extra = std::max(counted.extra, reach.limit.above);
      continue;
    }
    std::string counts(CountKindName(reach.counter->count));
    const char* separator = " by ";
    for (KeyKind kind : reach.counter->by) {
      absl::StrAppend(&counts, separator, ToAbsl(KeyKindName(kind)));
      separator = ", ";
    }
    seen.push_back(signature);
    fresh.push_back({.rule = reach.name, .counts = std::move(counts), .extra = reach.limit.above});
  }
  return fresh;
}

}  // namespace latchkey
