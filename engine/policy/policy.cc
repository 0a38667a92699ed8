#include "engine/policy/policy.h"

#include <algorithm>
#include <atomic>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "engine/policy/check.h"

namespace latchkey {
namespace {

// Signatures that counters outside the policy have (reporter.cc).
constexpr uint16_t kReservedSignatures = 15;
constexpr Duration kEverKept = std::chrono::hours(24 * 400);

// A text that is equal exactly for counters that count the same: its hash names the series in the store, so
// that counts survive a change of limits.
std::string Canonical(const Counter& counter, LaneSet from, bool ever, Until until, Duration quiet) {
  std::string text = absl::StrCat(static_cast<int>(counter.count), "|", static_cast<int>(counter.outcome),
                                  "|", from.bits(), "|", ever ? 1 + static_cast<int>(until) : 0, "|");
  for (KeyKind kind : counter.by) absl::StrAppend(&text, static_cast<int>(kind), ",");
  for (const std::string& path : counter.when.paths) absl::StrAppend(&text, "|path=", path);
  for (Factor factor : counter.when.factors)
    absl::StrAppend(&text, "|factor=", std::string(FactorName(factor)));
  for (const std::string& group : counter.when.groups) absl::StrAppend(&text, "|group=", group);
  absl::StrAppend(&text, "|", counter.weights.popular_password);
  for (const auto& [path, weight] : counter.weights.paths) absl::StrAppend(&text, "|", path, "*", weight);
  if (counter.when.popular_password) absl::StrAppend(&text, "|popular");
  if (quiet > Duration::zero()) absl::StrAppend(&text, "|quiet=", quiet.count());
  return text;
}

// FNV-1a, folded to 14 bits. Not secret: signatures are no keys.
uint16_t Fold(std::string_view text) {
  uint32_t hash = 2166136261U;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return static_cast<uint16_t>((hash ^ (hash >> 14U) ^ (hash >> 28U)) & 0x3FFFU);
}

}  // namespace

class PolicyCompiler {
 public:
  PolicyCompiler(Policy& policy, std::vector<Diagnostic>& diagnostics)
      : policy_(policy), diagnostics_(diagnostics) {}

  void Run() {
    for (Lane lane : kAllLanes) AddBudget(lane, {});
    AddFactorBudgets();
    for (size_t i = 0; i < policy_.spec_.rules.size(); ++i) AddRule(static_cast<int>(i));
    AddStakes();
    for (Counter& counter : policy_.counters_) Finish(counter);
    for (std::vector<Step>& program : policy_.programs_) {
      for (Step& step : program) Finish(step);
    }
    for (Step& step : policy_.program_at_stake_) Finish(step);
    Measure();
  }

 private:
  struct Draft {
    Counter counter;
    LaneSet from;
    bool ever = false;
    Until until = Until::kWindow;
    Duration quiet{0};
    bool per_recovery = false;  // one count for each recovery, not for the account
  };

  // The counter of this kind: the one that is there already, or a new one.
  int Intern(Draft draft) {
    const std::string canonical =
        absl::StrCat(Canonical(draft.counter, draft.from, draft.ever, draft.until, draft.quiet),
                     draft.per_recovery ? "|recovery" : "");
    for (size_t i = 0; i < canonical_.size(); ++i) {
      if (canonical_[i] == canonical) return static_cast<int>(i);
    }
    uint16_t name = Fold(canonical);
    const auto flags = static_cast<uint16_t>(
        (draft.ever ? SeriesId::kEverBit : 0) |
        (draft.counter.count >= CountKind::kDistinctAccounts ? SeriesId::kDistinctBit : 0));
    auto taken = [&](uint16_t candidate) {
      return std::any_of(policy_.counters_.begin(), policy_.counters_.end(),
                         [&](const Counter& c) { return (c.signature & 0x3FFFU) == candidate; });
    };
    while (name <= kReservedSignatures || taken(name)) name = static_cast<uint16_t>((name + 1) & 0x3FFF);
    draft.counter.signature = static_cast<uint16_t>(name | flags);
    draft.counter.cleared_by_success = draft.until == Until::kSuccess;
    canonical_.push_back(canonical);
    policy_.counters_.push_back(std::move(draft.counter));
    return static_cast<int>(policy_.counters_.size()) - 1;
  }

  static bool Has(const std::vector<KeyKind>& by, KeyKind kind) {
    return std::find(by.begin(), by.end(), kind) != by.end();
  }

  static Shard ShardOf(const std::vector<KeyKind>& by) {
    if (Has(by, KeyKind::kAccount) || Has(by, KeyKind::kDevice)) return Shard::kAccount;
    if (Has(by, KeyKind::kSource) || Has(by, KeyKind::kNetwork)) return Shard::kSource;
    return Shard::kNode;
  }

  static Place PlaceOf(const std::vector<KeyKind>& by, Lane lane) {
    const bool other = Has(by, KeyKind::kNetwork) || Has(by, KeyKind::kAsn);
    switch (ShardOf(by)) {
      case Shard::kAccount:
        if (other) return Place::kTable;
        if (Has(by, KeyKind::kSource))
          return lane == Lane::kFamiliar && !Has(by, KeyKind::kDevice) ? Place::kSlot : Place::kTable;
        return Has(by, KeyKind::kDevice) ? Place::kSlot : Place::kOnly;
      case Shard::kSource:
        return Has(by, KeyKind::kSource) ? Place::kHost : Place::kOnly;
      case Shard::kNode:
        return Place::kOnly;
    }
    return Place::kOnly;
  }

  Step& StepFor(Lane lane, int counter, Place place) {
    std::vector<Step>& program = policy_.programs_[static_cast<size_t>(lane)];
    for (Step& step : program) {
      if (step.counter == counter) return step;
    }
    return program.emplace_back(Step{.counter = counter, .place = place, .limits = {}, .ask = {}});
  }

  void Apply(Lane lane, int counter, Place place, const AppliedLimit& applied) {
    StepFor(lane, counter, place).limits.push_back(applied);
    KeepFor(applied.limit, policy_.counters_[static_cast<size_t>(counter)]);
  }

  // Has the counter keep what this limit looks at.
  static void KeepFor(const Limit& limit, Counter& kept) {
    if (limit.ever()) {
      kept.horizon = limit.quiet;
    } else {
      // Series keep charges as finely as holds need when the horizon is the longest window and the longest
      // hold.
      const Duration longest = kept.windows.empty()
                                   ? Duration::zero()
                                   : *std::max_element(kept.windows.begin(), kept.windows.end());
      kept.horizon = std::max(longest, limit.window) + std::max(kept.horizon - longest, limit.hold);
      kept.windows.push_back(limit.window);
    }
    kept.members_max = std::max(kept.members_max, static_cast<size_t>(limit.above));
  }

  // `factors` empty: the budget of passwords.
  void AddBudget(Lane lane, const std::set<Factor>& factors) {
    const LaneBudget& budget = policy_.budget(lane);
    const bool slotted = lane <= Lane::kFamiliar;
    Draft draft;
    draft.counter.count = CountKind::kFailures;
    draft.counter.shard = Shard::kAccount;
    draft.counter.by = {KeyKind::kAccount};
    if (lane == Lane::kDevice) draft.counter.by = {KeyKind::kDevice};
    if (lane == Lane::kFamiliar) draft.counter.by = {KeyKind::kAccount, KeyKind::kSource};
    draft.counter.when.factors = factors;
    draft.from = {lane};
    draft.per_recovery = lane == Lane::kRecovered;
    const Place place = slotted ? Place::kSlot : Place::kOnly;
    int index = 0;
    if (budget.consecutive > 0) {
      Draft consecutive = draft;
      consecutive.ever = true;
      consecutive.until = Until::kSuccess;
      const int counter = Intern(std::move(consecutive));
      Limit limit{.above = budget.consecutive};
      Apply(lane, counter, place, {.limit = limit, .rule = kBudgetRule, .limit_index = index++});
      StepFor(lane, counter, place).charged = true;
    }
    if (!budget.failures.empty()) {
      const int counter = Intern(std::move(draft));
      for (const Allowance& allowance : budget.failures) {
        Limit limit{.above = allowance.count, .window = allowance.window};
        Apply(lane, counter, place, {.limit = limit, .rule = kBudgetRule, .limit_index = index++});
      }
      StepFor(lane, counter, place).charged = true;
    }
  }

  // What others try never spends what a proof of the owner's has: there, codes have the lane's own budget
  // once more.
  void AddFactorBudgets() {
    const std::set<Factor> codes = {Factor::kOneTimeCode, Factor::kRecoveryCode};
    for (Lane lane : {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar}) AddBudget(lane, codes);
    for (Factor factor : codes) {
      FactorBudget& budget = policy_.spec_.factors[factor];
      if (budget.failures.empty()) {
        budget.failures = {{10, std::chrono::hours(24)}, {30, std::chrono::hours(24 * 30)}};
      }
      AddFactorBudget(factor, budget, {Lane::kChallenged, Lane::kStranger});
    }
  }

  void AddFactorBudget(Factor factor, const FactorBudget& budget, LaneSet lanes) {
    Draft draft;
    draft.counter.count = CountKind::kFailures;
    draft.counter.by = {KeyKind::kAccount};
    draft.counter.when.factors = {factor};
    draft.from = lanes;
    const int counter = Intern(std::move(draft));
    for (Lane lane : kAllLanes) {
      if (!lanes.Contains(lane)) continue;
      int index = 0;
      for (const Allowance& allowance : budget.failures) {
        Limit limit{.above = allowance.count, .window = allowance.window};
        Apply(lane, counter, Place::kOnly, {.limit = limit, .rule = kBudgetRule, .limit_index = index++});
      }
      StepFor(lane, counter, Place::kOnly).charged = true;
    }
  }

  void AddRule(int index) {
    const Rule& rule = policy_.spec_.rules[static_cast<size_t>(index)];
    for (size_t i = 0; i < rule.limits.size(); ++i) {
      const RuleLimit& entry = rule.limits[i];
      Draft draft;
      draft.counter.count = rule.count;
      draft.counter.outcome = rule.outcome;
      draft.counter.by = rule.by;
      std::sort(draft.counter.by.begin(), draft.counter.by.end());
      // A device belongs to one account, a source to one network, and everything to one tenant.
      auto implied = [&](KeyKind wide, KeyKind narrow) {
        if (Has(draft.counter.by, wide) && Has(draft.counter.by, narrow)) std::erase(draft.counter.by, wide);
      };
      implied(KeyKind::kAccount, KeyKind::kDevice);
      implied(KeyKind::kNetwork, KeyKind::kSource);
      implied(KeyKind::kAsn, KeyKind::kSource);
      implied(KeyKind::kAsn, KeyKind::kNetwork);
      for (KeyKind kind :
           {KeyKind::kAccount, KeyKind::kSource, KeyKind::kNetwork, KeyKind::kAsn, KeyKind::kDevice})
        implied(KeyKind::kTenant, kind);
      draft.counter.shard = ShardOf(draft.counter.by);
      draft.counter.when = rule.when;
      draft.counter.weights = rule.weights;
      draft.from = rule.from;
      draft.ever = entry.limit.ever();
      draft.until = entry.until;
      draft.quiet = entry.limit.quiet;
      const std::vector<KeyKind> by = draft.counter.by;
      const int counter = Intern(std::move(draft));
      const LaneSet to = entry.to.empty() ? rule.from : entry.to;
      for (Lane lane : kAllLanes) {
        const bool device_only = Has(by, KeyKind::kDevice) && lane != Lane::kDevice;
        if (device_only) continue;
        const Place place = PlaceOf(by, lane);
        if (to.Contains(lane)) {
          Apply(lane, counter, place,
                {.limit = entry.limit,
                 .rule = index,
                 .limit_index = static_cast<int>(i),
                 .shadow = rule.mode == Mode::kShadow});
        }
        if (rule.from.Contains(lane)) StepFor(lane, counter, place).charged = true;
      }
    }
  }

  // Limits on what strangers fail, which their budget usually counts already. It is counted whether something
  // is at stake or not: a stake finds the count as it is, and leaves nothing behind.
  void AddStakes() {
    const StakesSpec& stakes = policy_.spec_.stakes;
    if (stakes.limits.empty()) return;
    Draft draft;
    draft.counter.count = CountKind::kFailures;
    draft.counter.by = {KeyKind::kAccount};
    draft.from = {Lane::kStranger};
    const int counter = Intern(std::move(draft));
    StepFor(Lane::kStranger, counter, Place::kOnly).charged = true;
    policy_.program_at_stake_ = policy_.program(Lane::kStranger);
    const auto step = std::find_if(policy_.program_at_stake_.begin(), policy_.program_at_stake_.end(),
                                   [counter](const Step& each) { return each.counter == counter; });
    for (size_t i = 0; i < stakes.limits.size(); ++i) {
      KeepFor(stakes.limits[i], policy_.counters_[static_cast<size_t>(counter)]);
      step->limits.push_back({.limit = stakes.limits[i],
                              .rule = kStakesRule,
                              .limit_index = static_cast<int>(i),
                              .shadow = stakes.mode == Mode::kShadow});
    }
  }

  void Finish(Counter& counter) {
    std::sort(counter.windows.begin(), counter.windows.end());
    counter.windows.erase(std::unique(counter.windows.begin(), counter.windows.end()), counter.windows.end());
    counter.members_max = std::min(counter.members_max + kMembersSlack, kMembersMax);
    const bool ever = (counter.signature & SeriesId::kEverBit) != 0;
    const bool as_long_as_its_slot = counter.by == std::vector<KeyKind>{KeyKind::kDevice};
    const bool for_ever = ever && counter.horizon == Duration::zero() && !as_long_as_its_slot;
    policy_.keep_ = std::max(policy_.keep_, for_ever ? kEverKept : counter.horizon);
    counter.by_asn = Has(counter.by, KeyKind::kAsn);
    counter.text = CountKindName(counter.count);
    const char* separator = " by ";
    for (KeyKind kind : counter.by) {
      absl::StrAppend(&counter.text, separator, ToAbsl(KeyKindName(kind)));
      separator = ", ";
    }
  }

  void Finish(Step& step) {
    const Counter& counter = policy_.counters_[static_cast<size_t>(step.counter)];
    policy_.counts_on_node_ = policy_.counts_on_node_ || counter.shard == Shard::kNode;
    step.ask = {.signature = counter.signature,
                .sub_is_slot = step.place == Place::kSlot,
                .charged = step.charged && counter.charged_on_admission(),
                .windows = Windows(counter.windows.begin(), counter.windows.end()),
                .horizon = counter.horizon,
                .members_max = counter.members_max};
    for (const AppliedLimit& applied : step.limits) {
      step.shadowed = step.shadowed || applied.shadow;
      if (!applied.shadow) step.ask.limits.push_back(applied.limit);
    }
  }

  // The largest that an account's record can become under this policy (record_codec.h has the layout).
  void Measure() {
    const PolicySpec& spec = policy_.spec_;
    policy_.keep_ = std::max({policy_.keep_, spec.device.token_ttl, spec.familiar.remember,
                              spec.recovered.recoveries.back().window + spec.recovered.token_ttl});
    auto lane_instances = [&](Lane lane, Place place) -> size_t {
      if (place == Place::kTable) return kTablePlaces;
      return place == Place::kSlot ? static_cast<size_t>(policy_.slots_max(lane)) : 1;
    };
    size_t bytes = 32;
    size_t series = 0;
    for (Lane lane : {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar})
      bytes += 24 * static_cast<size_t>(policy_.slots_max(lane)) +
               (lane == Lane::kDevice ? kSlotNameMax * spec.device.devices : 0);
    std::vector<std::tuple<int, Place, bool>> seen;
    for (Lane lane : kAllLanes) {
      for (const Step& step : policy_.program(lane)) {
        const Counter& counter = policy_.counters_[static_cast<size_t>(step.counter)];
        if (counter.shard != Shard::kAccount || !step.charged) continue;
        const bool per_lane = step.place != Place::kOnly;
        const std::tuple<int, Place, bool> key{step.counter, step.place, per_lane};
        if (!per_lane && std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
        seen.push_back(key);
        size_t most = 0;
        bool capped = true;
        for (const AppliedLimit& applied : step.limits) {
          most = std::max(most, static_cast<size_t>(applied.limit.above));
          if (applied.limit.then == Consequence::kThrottle || applied.shadow)
            capped = capped && step.limits.size() > 1;
        }
        const size_t entries =
            std::min(capped && most > 0 ? most : kMembersMax,
                     counter.distinct() ? kMembersMax : kExactEntries + 17 * counter.windows.size());
        const size_t instances = lane_instances(lane, step.place);
        series += instances;
        bytes += instances * (8 + entries * (counter.distinct() ? 15 : 6));
      }
    }
    size_t in_flight = 0;
    size_t places = 0;  // slots, and one each for lanes without
    for (Lane lane : kAllLanes) {
      const LaneBudget& budget = policy_.budget(lane);
      const int64_t per_slot = budget.consecutive > 0 ? budget.consecutive : budget.failures.front().count;
      int64_t slots = 1;
      if (lane == Lane::kDevice) slots = spec.device.devices;
      if (lane == Lane::kFamiliar) slots = spec.familiar.sources;
      if (lane == Lane::kRecovered) slots = spec.recovered.recoveries.front().count;
      in_flight += static_cast<size_t>(per_slot * slots);
      places += static_cast<size_t>(std::max(policy_.slots_max(lane), 1));
    }
    bytes += std::min(in_flight, kReservationsMax) * 15 + places * kWrongTagsPerSlotMax * 12;
    policy_.record_bytes_max_ = bytes;
    if (bytes > kRecordBytesMax) {
      diagnostics_.push_back({"",
                              absl::StrCat("an account's packed value could grow to ", bytes,
                                           " bytes, more than ", kRecordBytesMax),
                              "lower budgets, devices or sources, or count by fewer pairs"});
    }
    if (series > kSeriesMax) {
      diagnostics_.push_back(
          {"", absl::StrCat("an account could need ", series, " counters, more than ", kSeriesMax),
           "lower devices or sources, or count by fewer pairs"});
    }
  }

  Policy& policy_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::string> canonical_;
};

std::shared_ptr<const Policy> Policy::Compile(PolicySpec spec, int64_t revision,
                                              std::vector<Diagnostic>& diagnostics) {
  std::vector<Diagnostic> found = CheckPolicy(spec);
  std::shared_ptr<Policy> policy(new Policy());
  policy->spec_ = std::move(spec);
  policy->revision_ = revision;
  static std::atomic<uint64_t> compiled{0};
  policy->serial_ = ++compiled;
  if (found.empty()) PolicyCompiler(*policy, found).Run();
  if (found.empty()) return policy;
  diagnostics.insert(diagnostics.end(), found.begin(), found.end());
  return nullptr;
}

const LaneBudget& Policy::budget(Lane lane) const {
  switch (lane) {
    case Lane::kDevice:
      return spec_.device;
    case Lane::kRecovered:
      return spec_.recovered;
    case Lane::kFamiliar:
      return spec_.familiar;
    case Lane::kChallenged:
      return spec_.challenged;
    case Lane::kStranger:
      break;
  }
  return spec_.stranger;
}

std::string Policy::RuleName(Lane lane, const AppliedLimit& limit) const {
  if (limit.rule >= 0) return spec_.rules[static_cast<size_t>(limit.rule)].id;
  if (limit.of_stake()) return "stakes";
  return absl::StrCat("lanes.", std::string(LaneName(lane)));
}

int Policy::slots_max(Lane lane) const {
  switch (lane) {
    case Lane::kDevice:
      return static_cast<int>(spec_.device.devices);
    case Lane::kRecovered:
      return static_cast<int>(spec_.recovered.recoveries.back().count);
    case Lane::kFamiliar:
      return static_cast<int>(spec_.familiar.sources);
    default:
      return 0;
  }
}

}  // namespace latchkey
