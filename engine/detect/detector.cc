#include "engine/detect/detector.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr AttackName kNames[] = {
    {AttackKind::kLockoutSabotage, "lockout-sabotage", "T1531", "CAPEC-2", "CWE-645",
     "Somebody fails logins on an account to have it locked, not to get in."},
    {AttackKind::kCredentialStuffing, "credential-stuffing", "T1110.004", "CAPEC-600", "CWE-307",
     "Somebody tries pairs of names and passwords from a breach elsewhere."},
    {AttackKind::kPasswordSpray, "password-spray", "T1110.003", "CAPEC-565", "CWE-307",
     "Somebody tries a few passwords on many accounts."},
    {AttackKind::kTargetedGuessing, "targeted-guessing", "T1110.001", "CAPEC-49", "CWE-307",
     "Somebody tries many passwords on one account."},
    {AttackKind::kDistributedGuessing, "distributed-guessing", "T1110.001", "CAPEC-49", "CWE-799",
     "Many sources together try passwords on one account."},
    {AttackKind::kLowAndSlow, "low-and-slow", "T1110.001", "CAPEC-49", "CWE-307",
     "Somebody tries passwords on an account for days, always below the limits."},
    {AttackKind::kTokenTheft, "token-theft", "T1539", "CAPEC-60", "CWE-522",
     "Somebody guesses with a device token that was copied."},
    {AttackKind::kCounterLaundering, "counter-laundering", "T1110", "CAPEC-49", "CWE-307",
     "Somebody logs in to an account of his own between guesses, to have the guesses forgotten."},
    {AttackKind::kKeyFlood, "key-flood", "T1499.003", "CAPEC-125", "CWE-770",
     "Somebody invents names without end, to fill the memory that counts."},
};

// What every tally says.
template <typename Tally>
Finding FindingOf(AttackKind kind, const std::string& tenant, const Tally& tally) {
  Finding finding;
  finding.kind = kind;
  finding.tenant = tenant;
  finding.first_seen = tally.first;
  finding.last_seen = tally.last;
  finding.attempts = tally.tries;
  finding.failures = tally.failures;
  finding.refusals = tally.refusals;
  finding.decisions = DecisionsOn(tally);
  return finding;
}

}  // namespace

const AttackName& NameOf(AttackKind kind) { return kNames[static_cast<size_t>(kind) - 1]; }

std::optional<AttackKind> AttackKindOf(std::string_view id) {
  for (const AttackName& name : kNames) {
    if (name.id == id) return name.kind;
  }
  return std::nullopt;
}

std::string_view SeverityName(Severity severity) {
  constexpr std::string_view kWords[] = {"low", "medium", "high", "critical"};
  return kWords[static_cast<size_t>(severity) - 1];
}

Finding FindingOfAccount(AttackKind kind, const Activity& activity) {
  const AccountTally& account = *activity.account;
  Finding finding = FindingOf(kind, activity.tenant, account);
  finding.subject = account.key;
  finding.distinct_passwords = account.passwords.Count();
  finding.distinct_sources = account.sources.Count();
  finding.distinct_accounts = 1;
  finding.victims = {activity.account_name};
  finding.sources = activity.account_sources;
  finding.networks = activity.account_networks;
  for (const Stake& stake : activity.stakes) {
    if (finding.workflows.size() == Finding::kListMax) break;
    if (std::find(finding.workflows.begin(), finding.workflows.end(), stake.workflow) ==
        finding.workflows.end())
      finding.workflows.push_back(stake.workflow);
  }
  return finding;
}

Finding FindingOfSource(AttackKind kind, const Activity& activity) {
  const SourceTally& source = *activity.source;
  Finding finding = FindingOf(kind, activity.tenant, source);
  finding.subject = source.key;
  finding.distinct_passwords = source.passwords.Count();
  finding.distinct_sources = 1;
  finding.distinct_accounts = source.accounts.Count();
  (source.is_network ? finding.networks : finding.sources).push_back(activity.source_name);
  return finding;
}

Finding FindingOfTenant(AttackKind kind, const Activity& activity) {
  const TenantTally& tenant = *activity.tenant_wide;
  Finding finding = FindingOf(kind, activity.tenant, tenant);
  finding.distinct_sources = tenant.sources;
  finding.distinct_accounts = tenant.names;
  return finding;
}

double ConfidenceOf(double count, double limit) {
  if (count < limit) return 0;
  return 1 - 0.2 * limit / count;
}

std::string AgeText(Duration span) {
  const int64_t seconds = std::max<int64_t>(0, span.count()) / 1000;
  if (seconds < 120) return absl::StrCat(seconds, " s");
  if (seconds < 120 * 60) return absl::StrCat(seconds / 60, " min");
  if (seconds < 48 * 3600) return absl::StrCat(seconds / 3600, " h");
  return absl::StrCat(seconds / 86'400, " d");
}

std::string ShownName(const Key& key, const std::string& name) {
  return name.empty() ? key.Hex().substr(0, 8) : name;
}

}  // namespace latchkey
