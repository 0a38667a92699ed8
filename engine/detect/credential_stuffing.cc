#include "engine/detect/credential_stuffing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

// A few at most: who tries more often guesses.
constexpr double kTriesEach = 3;
// Pairs of a breach have a password of their own each; a spray shares them.
constexpr double kDistinctMin = 0.5;
constexpr uint32_t kTaggedMin = 10;

bool LooksStuffed(const SourceTally& source, const DetectSpec::CredentialStuffing& limits) {
  const auto accounts = static_cast<double>(source.accounts.Count());
  if (accounts < static_cast<double>(limits.accounts)) return false;
  if (source.tries > kTriesEach * accounts) return false;
  if (accounts / (accounts + static_cast<double>(source.residents)) < limits.failing) return false;
  if (source.tagged < kTaggedMin) return true;
  // Tags are few thousands at most: many different passwords are seen as somewhat fewer.
  const auto distinct = static_cast<double>(source.passwords.Count());
  return distinct >= kDistinctMin * std::min<double>(source.tagged, 256);
}

}  // namespace

std::optional<Finding> CredentialStuffing::Evaluate(const Activity& activity) const {
  if (activity.tenant_wide == nullptr) return std::nullopt;
  Finding finding = FindingOfTenant(kind(), activity);
  finding.attempts = finding.failures = finding.refusals = finding.distinct_accounts = 0;
  finding.decisions = {};
  finding.first_seen = activity.now;
  int64_t most = 0;
  for (const SourceTally& source : activity.busiest) {
    if (!LooksStuffed(source, limits_)) continue;
    std::vector<NamedSource>& list = source.is_network ? finding.networks : finding.sources;
    if (list.size() < Finding::kListMax) list.push_back({source.key, ""});
    finding.first_seen = std::min(finding.first_seen, source.first);
    finding.last_seen = std::max(finding.last_seen, source.last);
    most = std::max(most, source.accounts.Count());
    // What a source did, its network did as well: counted once.
    if (source.is_network && !finding.sources.empty()) continue;
    finding.attempts += source.tries;
    finding.failures += source.failures;
    finding.refusals += source.refusals;
    finding.decisions += DecisionsOn(source);
    finding.distinct_accounts += source.accounts.Count();
  }
  if (most == 0) return std::nullopt;
  finding.distinct_sources = static_cast<int64_t>(finding.sources.size());
  finding.confidence = ConfidenceOf(static_cast<double>(most), static_cast<double>(limits_.accounts));
  finding.severity = Severity::kHigh;
  finding.evidence = {{"accounts that one source fails on", static_cast<double>(most), 0,
                       absl::StrCat(most, " accounts in an hour, each tried a few times")}};
  finding.text = absl::StrCat(finding.attempts, " tries of different pairs on about ",
                              finding.distinct_accounts, " accounts from ", finding.sources.size(),
                              " addresses and ", finding.networks.size(), " networks");
  return finding;
}

}  // namespace latchkey
