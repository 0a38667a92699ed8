#include "engine/detect/lockout_sabotage.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/detect/attribution.h"
#include "engine/detect/evidence.h"

namespace latchkey {
namespace {

// Of honest sessions of strangers, those whose first password is wrong (StopGuessing: between 0.04 and 0.12).
constexpr double kFirstWrong = 0.07;
// Of honest logins, those that come as strangers: a new device, far from home.
constexpr double kStrangers = 0.1;
// From there on more failures in a row say less: who has forgotten his password goes on for a while, and with
// a stake alone it is no sabotage. And at last no more: a machine with an old password fails for ever.
constexpr double kTriesMany = 12;
constexpr double kTriesMax = 14;
// What attackers have at hand when they attack for a stake.
constexpr double kStakeIfSabotage = 0.8;
constexpr double kDeadline = 5;
constexpr double kDeadlineNear = 2.5;
constexpr Duration kNear = std::chrono::hours(1);
constexpr double kRivalBid = 3;
constexpr Duration kAfterBid = std::chrono::hours(1);
constexpr double kFewPasswords = 8;
constexpr double kOnePassword = 0.35;  // a stuck client looks the same
constexpr double kManyPasswords = 0.5;
constexpr double kFewShare = 0.2;
constexpr double kManyShare = 0.8;
constexpr uint32_t kTaggedMin = 5;
constexpr double kPaced = 2.5;
constexpr uint32_t kPacedMin = 3;
constexpr double kGuesses = 0.1;  // pays for challenges, or tries popular passwords
constexpr double kGuessShare = 0.2;
// Aimed at everybody, whatever is at stake for them.
constexpr double kUnaimed = 0.1;
constexpr int64_t kUnaimedMin = 10;
constexpr double kMoreVictims = 1.5;
constexpr double kMoreVictimsMax = 6;
// Of accounts in an hour, those that ordinary people fail on a few times: one in 300 of their sessions is a
// forgotten password (StopGuessing), some of them several an hour.
constexpr double kOrdinaryVictims = 0.001;

double Share(double part, double whole) { return whole > 0 ? part / whole : 0; }

void AddTries(const AccountTally& account, const DetectSpec::LockoutSabotage& limits, Evidence& evidence) {
  const double first = -std::log(kStrangers) - std::log(kFirstWrong);
  const double each = -std::log(limits.again);
  const double tries = std::max(1.0, static_cast<double>(account.tries));
  double weight = first + (tries - 1) * each;
  if (weight > kTriesMany) {
    const double many = 1 + (kTriesMany - first) / each;
    weight = kTriesMany + std::log(tries / many);
  }
  evidence.Add("failures in a row", account.tries, std::min(kTriesMax, weight),
               absl::StrCat(account.tries, " wrong or refused tries of strangers"));
}

void AddStakes(const Activity& activity, const DetectSpec::LockoutSabotage& limits, Evidence& evidence) {
  if (activity.stakes.empty()) {
    evidence.Add("nothing at stake", 0, std::log((1 - kStakeIfSabotage) / (1 - limits.stakes)),
                 "nothing is known to be at stake");
    return;
  }
  const Stake& first = activity.stakes.front();
  evidence.Add("something at stake", static_cast<double>(activity.stakes.size()),
               std::log(kStakeIfSabotage / limits.stakes), absl::StrCat("has a stake in ", first.workflow));
  const Duration left = first.end - activity.now;
  const double near = left <= limits.deadline ? kDeadline : left <= kNear ? kDeadlineNear : 1;
  evidence.Add("close to the deadline", static_cast<double>(left.count()) / 1000, std::log(near),
               absl::StrCat(first.workflow, " ends in ", AgeText(left)));
  // The victim's own stake is the latest thing that a rival saw.
  Duration after = Duration::max();
  for (const Stake& stake : activity.stakes) {
    if (stake.created <= activity.account->first)
      after = std::min(after, std::chrono::duration_cast<Duration>(activity.account->first - stake.created));
  }
  if (after <= kAfterBid)
    evidence.Add("right after a stake was made", static_cast<double>(after.count()) / 1000,
                 std::log(kRivalBid), absl::StrCat("began ", AgeText(after), " after a stake was made"));
  if (activity.accounts_of_source >= kUnaimedMin &&
      activity.accounts_of_source > 2 * activity.victims_in_workflow)
    evidence.Add("aimed at others as well", static_cast<double>(activity.accounts_of_source),
                 std::log(kUnaimed),
                 absl::StrCat("the same address fails on about ", activity.accounts_of_source, " accounts"));
  const auto others = static_cast<double>(activity.victims_in_workflow - 1);
  const double more = others - kOrdinaryVictims * static_cast<double>(activity.stakes_in_workflow);
  if (more > 0) {
    evidence.Add("other victims in the workflow", others,
                 std::min(kMoreVictimsMax, more * std::log(kMoreVictims) * 2),
                 absl::StrCat(activity.victims_in_workflow - 1, " other accounts in ", first.workflow,
                              " are failed on in this hour"));
  }
}

void AddManner(const AccountTally& account, Evidence& evidence) {
  const auto passwords = static_cast<double>(account.passwords.Count());
  if (account.tagged >= kTaggedMin) {
    const double share = Share(passwords, account.tagged);
    const double ratio = passwords <= 1        ? kOnePassword
                         : share <= kFewShare  ? kFewPasswords
                         : share >= kManyShare ? kManyPasswords
                                               : 1;
    evidence.Add(
        "distinct passwords a failure", share, std::log(ratio),
        absl::StrCat(account.tagged, " failures, ", static_cast<int64_t>(passwords), " distinct passwords"));
  }
  if (account.paced >= kPacedMin && account.paced * 2 >= account.waits)
    evidence.Add(
        "paced to refusals", Share(account.paced, account.waits), std::log(kPaced),
        absl::StrCat(account.paced, " of ", account.waits, " tries came within seconds of a refusal's end"));
  const double solved = Share(account.solved, account.failures);
  if (account.solved >= 3 && solved >= kGuessShare)
    evidence.Add("challenges passed", solved, std::log(kGuesses),
                 absl::StrCat(account.solved, " failures after a challenge was passed"));
  const double popular = Share(account.popular, account.failures);
  if (account.popular >= 3 && popular >= kGuessShare)
    evidence.Add("popular passwords", popular, std::log(kGuesses),
                 absl::StrCat(account.popular, " popular passwords"));
}

std::string Sentence(const Finding& finding, const Activity& activity, const Attribution& attribution) {
  const AccountTally& account = *activity.account;
  std::string text = absl::StrCat(account.tries, " failed or refused tries on ",
                                  ShownName(account.key, activity.account_name.name));
  if (account.tagged > 0) absl::StrAppend(&text, ", ", finding.distinct_passwords, " distinct passwords");
  absl::StrAppend(&text, ", from ", finding.distinct_sources,
                  finding.distinct_sources == 1 ? " address" : " addresses");
  if (!attribution.named.empty()) {
    const Suspect& suspect = attribution.named.front();
    absl::StrAppend(&text, "; ", ShownName(suspect.account.key, suspect.account.name), " ", suspect.text);
  }
  if (!activity.stakes.empty()) {
    const Stake& first = activity.stakes.front();
    absl::StrAppend(&text, "; ", first.workflow, " ends in ", AgeText(first.end - activity.now));
  }
  return text;
}

}  // namespace

std::optional<Finding> LockoutSabotage::Evaluate(const Activity& activity) const {
  if (activity.account == nullptr || activity.account->tries < limits_.tries) return std::nullopt;
  const AccountTally& account = *activity.account;
  Evidence evidence;
  evidence.Add("before any evidence", static_cast<double>(limits_.one_in),
               -std::log(static_cast<double>(limits_.one_in)),
               absl::StrCat("one session of strangers in ", limits_.one_in, " is sabotage"));
  AddTries(account, limits_, evidence);
  AddStakes(activity, limits_, evidence);
  AddManner(account, evidence);
  const Attribution attribution = Attribute(activity, suspects_);
  evidence.Add("a rival close by", 1, attribution.link, attribution.link_text);
  if (evidence.probability() < limits_.confidence) return std::nullopt;

  Finding finding = FindingOfAccount(kind(), activity);
  finding.confidence = evidence.probability();
  finding.evidence = evidence.terms();
  finding.suspects = attribution.named;
  finding.severity = activity.stakes.empty()                                          ? Severity::kMedium
                     : activity.stakes.front().end - activity.now <= limits_.deadline ? Severity::kCritical
                                                                                      : Severity::kHigh;
  finding.text = Sentence(finding, activity, attribution);
  return finding;
}

}  // namespace latchkey
