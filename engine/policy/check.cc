#include "engine/policy/check.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/signal/series.h"

namespace latchkey {
namespace {

bool IsIdentifier(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

class Checker {
 public:
  explicit Checker(const PolicySpec& spec) : spec_(spec) {}

  std::vector<Diagnostic> Run() {
    if (spec_.version != 1)
      Add("version", absl::StrCat("version ", spec_.version, " of the language is not known"),
          "write `version: 1`");
    if (!IsIdentifier(spec_.name))
      Add("name", "the policy needs a name of 1 to 64 lower-case letters, digits, '-', '_' or '.'",
          "write `name: storefront`");
    if (!(spec_.local_share > 0 && spec_.local_share <= 1))
      Add("local_share", "the local share must be above 0 and at most 1", "write `local_share: 0.2`");
    CheckLanes();
    CheckFactors();
    for (const auto& [span, count] : spec_.bounds) {
      if (count < 1) Add("bounds", "a bound must be at least 1", "write for example `24h: 100`");
      if (span < kWindowMin || span > kWindowMax)
        Add("bounds", "the span of a bound must be between 1s and 400d", "write for example `24h: 100`");
    }
    CheckDetect();
    for (const std::string& promise : spec_.accept_risk) CheckPromise(promise);
    if (spec_.rules.size() > kRulesMax)
      Add("rules", absl::StrCat("more than ", kRulesMax, " rules"), "join rules that count the same");
    std::set<std::string> ids;
    for (size_t i = 0; i < spec_.rules.size(); ++i) {
      const std::string at = absl::StrCat("rules[", i, "]");
      const Rule& rule = spec_.rules[i];
      if (!IsIdentifier(rule.id))
        Add(at + ".id", "a rule needs an id of 1 to 64 lower-case letters, digits, '-', '_' or '.'",
            "write for example `id: stranger-guesses`");
      if (!ids.insert(rule.id).second)
        Add(at + ".id", absl::StrCat("two rules are called '", rule.id, "'"),
            "give each rule an id of its own");
      CheckRule(rule, at);
    }
    CheckStakes(ids);
    return std::move(found_);
  }

 private:
  void Add(std::string path, std::string message, std::string mend) {
    found_.push_back({std::move(path), std::move(message), std::move(mend)});
  }

  void CheckPromise(const std::string& promise) {
    for (int i = 1; i <= 11; ++i) {
      if (promise == absl::StrCat("P", i)) return;
    }
    Add("accept_risk", absl::StrCat("'", promise, "' is not a promise"), "name promises as P1 to P11");
  }

  void CheckAllowances(const std::vector<Allowance>& allowances, const std::string& at) {
    const Allowance* before = nullptr;
    for (const Allowance& allowance : allowances) {
      if (allowance.count < 1 || allowance.count > kAboveAccountMax)
        Add(at, absl::StrCat("the count ", allowance.count, " is not between 1 and ", kAboveAccountMax),
            "write for example `[25 per 24h, 90 per 30d]`");
      if (allowance.window < kWindowMin || allowance.window > kWindowMax)
        Add(at, "the span is not between 1s and 400d", "write for example `25 per 24h`");
      if (before != nullptr && (allowance.window <= before->window || allowance.count < before->count))
        Add(at, "a longer span must follow a shorter one and allow at least as much",
            "order them as `[25 per 24h, 90 per 30d]`");
      before = &allowance;
    }
  }

  void CheckBudget(const LaneBudget& budget, const std::string& lane) {
    const std::string at = absl::StrCat("lanes.", lane);
    if (budget.failures.empty() && budget.consecutive == 0)
      Add(at, absl::StrCat("the lane '", lane, "' has no budget"),
          "write for example `failures: [25 per 24h, 90 per 30d]`, or `failures: 5` with `until: success`");
    if (budget.consecutive < 0 || budget.consecutive > kAboveAccountMax)
      Add(at + ".failures", absl::StrCat("the count is not between 1 and ", kAboveAccountMax),
          "write for example `failures: 5`");
    CheckAllowances(budget.failures, at + ".failures");
  }

  void CheckRange(int64_t value, int64_t low, int64_t high, const std::string& at) {
    if (value < low || value > high)
      Add(at, absl::StrCat(value, " is not between ", low, " and ", high),
          absl::StrCat("write a number from ", low, " to ", high));
  }
  void CheckSpan(Duration value, Duration low, Duration high, const std::string& at,
                 const std::string& range) {
    if (value < low || value > high)
      Add(at, absl::StrCat("the span is not between ", range), absl::StrCat("write a span between ", range));
  }

  void CheckLanes() {
    CheckBudget(spec_.device, "device");
    CheckBudget(spec_.recovered, "recovered");
    CheckBudget(spec_.familiar, "familiar");
    CheckBudget(spec_.challenged, "challenged");
    CheckBudget(spec_.stranger, "stranger");
    CheckRange(spec_.device.devices, 1, kSlotsMax, "lanes.device.devices");
    CheckRange(spec_.familiar.sources, 1, kSlotsMax, "lanes.familiar.sources");
    CheckSpan(spec_.device.token_ttl, std::chrono::minutes(1), kWindowMax, "lanes.device.token_ttl",
              "1m and 400d");
    CheckSpan(spec_.recovered.token_ttl, std::chrono::minutes(1), std::chrono::hours(24 * 30),
              "lanes.recovered.token_ttl", "1m and 30d");
    CheckSpan(spec_.familiar.remember, std::chrono::minutes(1), kWindowMax, "lanes.familiar.remember",
              "1m and 400d");
    CheckSpan(spec_.challenged.valid, std::chrono::seconds(10), std::chrono::hours(1),
              "lanes.challenged.valid", "10s and 1h");
    if (spec_.recovered.recoveries.empty()) {
      Add("lanes.recovered.recoveries", "it is not said how many recoveries may be opened",
          "write for example `recoveries: [2 per 24h, 8 per 30d]`");
    } else {
      CheckAllowances(spec_.recovered.recoveries, "lanes.recovered.recoveries");
      CheckRange(spec_.recovered.recoveries.back().count, 1, kSlotsMax, "lanes.recovered.recoveries");
    }
  }

  void CheckFactors() {
    for (const auto& [factor, budget] : spec_.factors) {
      const std::string at = absl::StrCat("factors.", std::string(FactorName(factor)));
      if (factor == Factor::kPassword)
        Add(at, "passwords have the budgets of the lanes", "write the budget under `lanes:`");
      if (!Guessable(factor))
        Add(at, absl::StrCat(std::string(FactorName(factor)), " cannot be guessed and is not counted"),
            "remove this budget");
      if (budget.failures.empty())
        Add(at, "the factor has no budget", "write for example `failures: [10 per 24h, 30 per 30d]`");
      CheckAllowances(budget.failures, at + ".failures");
    }
  }

  static bool Has(const Rule& rule, KeyKind kind) {
    return std::find(rule.by.begin(), rule.by.end(), kind) != rule.by.end();
  }
  static bool IsDistinct(const Rule& rule) { return rule.count >= CountKind::kDistinctAccounts; }

  void CheckDetect() {
    const auto odds = [](double share) { return share / (1 - share); };
    const DetectSpec::LockoutSabotage& sabotage = spec_.detect.lockout_sabotage;
    CheckSpan(sabotage.deadline, kWindowMin, std::chrono::hours(24), "detect.lockout_sabotage.deadline",
              "1s and 24h");
    if (!(sabotage.again < 1))
      Add("detect.lockout_sabotage.again", "somebody who always fails again says nothing",
          "write a share below 1, such as `again: 0.67`");
    if (!(sabotage.stakes < 1))
      Add("detect.lockout_sabotage.stakes", "what every account has says nothing",
          "write a share below 1, such as `stakes: 0.05`");
    const DetectSpec::Suspects& suspects = spec_.detect.suspects;
    CheckSpan(suspects.recent, kWindowMin, std::chrono::hours(24), "detect.suspects.recent", "1s and 24h");
    // An address can be borrowed, by somebody who wants another one named.
    if (!(odds(suspects.prior) * suspects.same_address < odds(suspects.confidence)))
      Add("detect.suspects", "a shared address alone would name somebody",
          "lower `same_address` or `prior`, or raise `confidence`");
  }

  void CheckStakes(const std::set<std::string>& rule_ids) {
    const std::vector<Limit>& limits = spec_.stakes.limits;
    if (!limits.empty() && rule_ids.contains("stakes"))
      Add("stakes", "a rule is called 'stakes', as answers call what a stake does", "rename the rule");
    if (limits.size() > kLimitsMax)
      Add("stakes.limits", absl::StrCat("more than ", kLimitsMax, " limits"), "keep the narrowest");
    for (size_t i = 0; i < limits.size(); ++i) {
      const std::string at = absl::StrCat("stakes.limits[", i, "]");
      CheckRange(limits[i].above, 0, kAboveAccountMax, at + ".above");
      CheckSpan(limits[i].window, kWindowMin, kWindowMax, at + ".in", "1s and 400d");
      const bool challenges = limits[i].then == Consequence::kChallenge &&
                              limits[i].hold == Duration::zero() && limits[i].quiet == Duration::zero() &&
                              limits[i].wait == Wait{};
      if (!challenges)
        Add(at + ".then", "a stake only ever has strangers challenged: nobody is kept out for it",
            "write `then: challenge`, and what throttles or locks out as a rule");
    }
  }

  void CheckRule(const Rule& rule, const std::string& at) {
    if (rule.by.empty() || rule.by.size() > 2)
      Add(at + ".by", "a rule counts by one key or by a pair of keys",
          "write for example `by: [account]` or `by: [account, source]`");
    if (rule.by.size() == 2 && rule.by[0] == rule.by[1])
      Add(at + ".by", "both keys of the pair are the same", "name two different keys, or one");
    if (rule.from.empty())
      Add(at + ".from", "it is not said which lanes are counted",
          "write for example `from: [stranger]`, or `from: all`");
    if (Has(rule, KeyKind::kDevice) && rule.from != LaneSet{Lane::kDevice})
      Add(at + ".from", "only the lane 'device' has a device to count by", "write `from: [device]`");
    if (rule.count == CountKind::kDistinctAccounts &&
        (Has(rule, KeyKind::kAccount) || Has(rule, KeyKind::kDevice)))
      Add(at + ".count", "one account has never more than one account",
          "count distinct accounts by source, network, asn or tenant");
    if (rule.count == CountKind::kDistinctSources && Has(rule, KeyKind::kSource))
      Add(at + ".count", "one source has never more than one source",
          "count distinct sources by account, network, asn or tenant");
    if (rule.count <= CountKind::kSuccesses && rule.outcome != OutcomeFilter::kAny)
      Add(at + ".outcome", "`outcome` belongs to distinct counts", "count `failures` or `successes` instead");
    if (rule.count == CountKind::kDistinctPasswordTags && rule.outcome == OutcomeFilter::kSuccess)
      Add(at + ".outcome", "tags of right passwords are never kept", "remove `outcome`");
    CheckRange(rule.weights.popular_password, 1, kWeightMax, at + ".weights.popular_password");
    for (const auto& [path, weight] : rule.weights.paths)
      CheckRange(weight, 1, kWeightMax, at + ".weights." + path);
    if (rule.limits.empty())
      Add(at + ".limits", "the rule has no limits",
          "write for example `limits: [ { above: 5, in: 15m, then: challenge } ]`");
    if (rule.limits.size() > kLimitsMax)
      Add(at + ".limits", absl::StrCat("more than ", kLimitsMax, " limits"), "split the rule");
    for (size_t i = 0; i < rule.limits.size(); ++i)
      CheckLimit(rule, rule.limits[i], absl::StrCat(at, ".limits[", i, "]"));
  }

  void CheckLimit(const Rule& rule, const RuleLimit& entry, const std::string& at) {
    const Limit& limit = entry.limit;
    const bool of_account = Has(rule, KeyKind::kAccount) || Has(rule, KeyKind::kDevice);
    const int64_t above_max = IsDistinct(rule) ? static_cast<int64_t>(kMembersMax)
                              : of_account     ? kAboveAccountMax
                                               : kAboveMax;
    CheckRange(limit.above, 0, above_max, at + ".above");
    int64_t heaviest = rule.weights.popular_password;
    for (const auto& [path, weight] : rule.weights.paths) heaviest = std::max(heaviest, weight);
    if (heaviest > 1 && heaviest > limit.above)
      Add(at + ".above",
          absl::StrCat("an attempt may weigh ", heaviest, ", more than this limit ever admits"),
          "raise `above` or lower the weight");
    if (limit.ever() && entry.until == Until::kWindow && limit.quiet == Duration::zero())
      Add(at + ".until", "a count that lasts for ever must say what clears it",
          "write `until: success`, `until: operator` or `quiet: 12h`");
    if (limit.quiet != Duration::zero()) CheckQuiet(limit, at);
    if (!limit.ever()) {
      CheckSpan(limit.window, kWindowMin, kWindowMax, at + ".in", "1s and 400d");
      if (entry.until != Until::kWindow)
        Add(at + ".until", "a window clears itself",
            "write `in: ever` to count until a success, or remove `until`");
    }
    if (limit.hold != Duration::zero()) {
      if (limit.then != Consequence::kLockout)
        Add(at + ".for", "`for` belongs to lockout", "write `then: lockout`, or remove `for`");
      CheckSpan(limit.hold, kWindowMin, kHoldMax, at + ".for", "1s and 30d");
    }
    if (limit.then == Consequence::kThrottle) {
      if (limit.wait.first <= Duration::zero())
        Add(at + ".wait", "a throttle must say how long to wait",
            "write for example `wait: { first: 30s, factor: 2, max: 1h }`");
      else if (limit.wait.max < limit.wait.first || limit.wait.max > kHoldMax)
        Add(at + ".wait.max", "the longest wait must be between the first one and 30d",
            "write for example `max: 1h`");
      if (!(limit.wait.factor >= 1 && limit.wait.factor <= 1000))
        Add(at + ".wait.factor", "the factor must be between 1 and 1000", "write for example `factor: 2`");
    } else if (limit.wait != Wait{}) {
      Add(at + ".wait", "`wait` belongs to throttle", "write `then: throttle`, or remove `wait`");
    }
    if (Has(rule, KeyKind::kDevice) && !entry.to.empty() && entry.to != LaneSet{Lane::kDevice})
      Add(at + ".to", "what a device did limits only that device", "write `to: [device]`, or remove `to`");
  }

  void CheckQuiet(const Limit& limit, const std::string& at) {
    CheckSpan(limit.quiet, kWindowMin, kWindowMax, at + ".quiet", "1s and 400d");
    if (!limit.ever())
      Add(at + ".quiet", "`quiet` belongs to `in: ever`", "write `in: ever`, or remove `quiet`");
    if (limit.hold != Duration::zero())
      Add(at + ".for", "with `quiet`, a lockout lasts until it has been quiet for long enough",
          "remove `for`");
  }

  const PolicySpec& spec_;
  std::vector<Diagnostic> found_;
};

}  // namespace

std::vector<Diagnostic> CheckPolicy(const PolicySpec& spec) { return Checker(spec).Run(); }

}  // namespace latchkey
