#include "engine/policy/certificate/guess_bounds.h"

#include <algorithm>
#include <bit>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "engine/policy/certificate/pace.h"
#include "engine/policy/certificate/words.h"

namespace latchkey {
namespace {

using Count = std::optional<int64_t>;  // nothing: unbounded

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kDay = 24 * kHour;
constexpr unsigned kAllMask = (1U << static_cast<unsigned>(kLaneCount)) - 1;

Count Least(Count a, Count b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}
Count Sum(Count a, Count b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}
Count Times(Count a, int64_t times) {
  if (times == 0) return 0;
  return a ? Count(*a * times) : std::nullopt;
}

// Whether every wrong guess at this factor in its lanes raises this count by one at least.
bool CountsGuesses(const Reach& reach, Factor factor) {
  if (!reach.meets_all(factor)) return false;
  switch (reach.counter->count) {
    case CountKind::kAttempts:
    case CountKind::kFailures:
      return true;
    case CountKind::kDistinctAccounts:
    case CountKind::kDistinctSources:
      // One member is always there after the first try; two can be avoided by staying where one is.
      return reach.limit.above <= 1 && reach.counter->outcome != OutcomeFilter::kSuccess;
    default:
      return false;
  }
}

// Paces of one lane: of the account as a whole, and of each of several places alike.
struct LanePaces {
  std::vector<Pace> of_account;
  std::vector<Pace> of_slot;
  std::map<const Counter*, std::vector<Pace>> of_table;
};

class Calculator {
 public:
  Calculator(const Policy& policy, const std::vector<Reach>& reaches, Factor factor, Duration token_life,
             std::vector<Duration> spans, bool logins)
      : policy_(policy), factor_(factor), token_life_(token_life), spans_(std::move(spans)), logins_(logins) {
    // Counts that end when it has been quiet come last: how fast a round is depends on the other limits.
    for (const bool rests : {false, true}) {
      for (const Reach& reach : reaches) {
        if ((reach.limit.quiet > Duration::zero()) == rests) Place(reach, reaches);
      }
    }
    for (Lane lane : kAllLanes) {
      const LanePaces& paces = lanes_[Index(lane)];
      slots_[Index(lane)].emplace(paces.of_slot);
      std::vector<Pace> joint = paces.of_account;
      AddInstances(lane, joint);
      groups_.emplace(1U << Index(lane), Share(joint));
    }
    for (auto& [mask, paces] : joint_) {
      if (std::popcount(mask) > 1 && !paces.empty()) groups_.emplace(mask, Share(paces));
    }
  }

  Count OfLane(Lane lane, Duration span) {
    const auto index = Index(lane);
    const Count joint =
        span == Duration::zero() ? groups_.at(1U << index)->Ever() : groups_.at(1U << index)->Within(span);
    return Least(joint, OfSlots(lane, span));
  }

  Count Total(Duration span) {
    std::array<Count, kAllMask + 1> best;
    best[0] = 0;
    for (unsigned mask = 1; mask <= kAllMask; ++mask) {
      const unsigned lowest = mask & (~mask + 1);
      for (unsigned part = mask; part != 0; part = (part - 1) & mask) {
        if ((part & lowest) == 0) continue;
        best[mask] = Least(best[mask], Sum(OfGroup(part, span), best[mask ^ part]));
      }
    }
    return best[kAllMask];
  }

 private:
  static unsigned Index(Lane lane) { return static_cast<unsigned>(lane); }

  // Limits of one count that begins anew when it has been quiet act together.
  std::vector<Pace> PacesOfReach(const Reach& reach, const std::vector<Reach>& reaches) {
    if (reach.limit.quiet == Duration::zero()) return PacesOf(reach.limit, token_life_, spans_);
    std::vector<Limit> together;
    for (const Reach& other : reaches) {
      if (other.counter != reach.counter || !(other.refuses == reach.refuses)) continue;
      if (together.empty() && &other != &reach) return {};  // spoken for
      together.push_back(other.limit);
    }
    std::vector<Pace> beside;
    if (reach.counter->by == std::vector<KeyKind>{KeyKind::kAccount}) {
      unsigned lanes = 0;
      for (Lane lane : kAllLanes) {
        if (reach.refuses.Contains(lane) && reach.fed_by.Contains(lane)) lanes |= 1U << Index(lane);
      }
      if (lanes != 0) beside = joint_[lanes];
    }
    return PacesWithRests(together, beside, token_life_, spans_);
  }

  void Place(const Reach& reach, const std::vector<Reach>& reaches) {
    if (!CountsGuesses(reach, factor_) || reach.counter->shard != Shard::kAccount) return;
    unsigned joint = 0;
    const bool refilled = logins_ && reach.limit.ever() && reach.until == Until::kSuccess;
    const std::vector<Pace> paces = PacesOfReach(reach, reaches);
    auto add = [&](std::vector<Pace>& to) { to.insert(to.end(), paces.begin(), paces.end()); };
    for (Lane lane : kAllLanes) {
      if (!reach.refuses.Contains(lane) || !reach.fed_by.Contains(lane)) continue;
      LanePaces& own = lanes_[Index(lane)];
      switch (reach.place[Index(lane)]) {
        case Place::kSlot:
          // The device's or recovery's own success is not somebody else's (P2).
          if (!refilled || lane <= Lane::kRecovered) add(own.of_slot);
          break;
        case Place::kTable:
          if (!refilled) add(own.of_table[reach.counter]);
          break;
        case Place::kHost:
        case Place::kOnly:
          if (refilled) break;
          add(own.of_account);
          joint |= 1U << Index(lane);
          break;
      }
    }
    // Any two of the lanes share the count.
    for (unsigned mask = joint; mask != 0; mask = (mask - 1) & joint) add(joint_[mask]);
  }

  std::shared_ptr<Schedule> Share(const std::vector<Pace>& paces) {
    auto schedule = std::make_shared<Schedule>(paces);
    for (const auto& known : schedules_) {
      if (known->paces() == schedule->paces()) return known;
    }
    schedules_.push_back(schedule);
    return schedule;
  }

  Count OfGroup(unsigned mask, Duration span) {
    if (std::popcount(mask) == 1) return OfLane(kAllLanes[static_cast<size_t>(std::countr_zero(mask))], span);
    auto found = groups_.find(mask);
    if (found == groups_.end()) return std::nullopt;
    return span == Duration::zero() ? found->second->Ever() : found->second->Within(span);
  }

  // Recoveries that can be used within a span: opened in it, or before and still alive.
  Count Recoveries(Duration span) const {
    if (span == Duration::zero()) return std::nullopt;
    const RecoveredLane& lane = policy_.spec().recovered;
    std::vector<Pace> opened;
    for (const Allowance& allowed : lane.recoveries)
      opened.push_back({.above = allowed.count, .window = allowed.window + lane.token_ttl, .wait = {}});
    return Schedule(std::move(opened)).Within(span + lane.token_ttl);
  }

  Count OfSlots(Lane lane, Duration span) {
    Schedule& slot = *slots_[Index(lane)];
    if (lane == Lane::kRecovered) {
      const Duration life = policy_.spec().recovered.token_ttl;
      const Count each = slot.Within(span == Duration::zero() ? life : std::min(span, life));
      const Count many = Recoveries(span);
      return each && many ? Count(*each * *many) : std::nullopt;
    }
    if (lane > Lane::kFamiliar) return std::nullopt;
    return Times(span == Duration::zero() ? slot.Ever() : slot.Within(span), policy_.slots_max(lane));
  }

  // What several places alike admit together, as paces of the lane as a whole.
  void AddInstances(Lane lane, std::vector<Pace>& joint) {
    LanePaces& paces = lanes_[Index(lane)];
    if (joint.empty() && paces.of_table.empty()) return;  // the slots alone decide
    auto add = [&](auto of_span) {
      for (const Duration span : spans_) {
        if (const Count count = of_span(span)) joint.push_back({.above = *count, .window = span, .wait = {}});
      }
    };
    add([&](Duration span) { return OfSlots(lane, span); });
    if (const Count ever = OfSlots(lane, Duration::zero()))
      joint.push_back({.above = *ever, .window = {}, .wait = {}});
    for (auto& [counter, own] : paces.of_table) {
      const int64_t places =
          lane == Lane::kFamiliar ? std::min<int64_t>(kTablePlaces, policy_.slots_max(lane)) : kTablePlaces;
      Schedule place(own);
      add([&](Duration span) { return Times(place.Within(span), places); });
      if (const Count ever = Times(place.Ever(), places))
        joint.push_back({.above = *ever, .window = {}, .wait = {}});
    }
  }

  const Policy& policy_;
  Factor factor_;
  Duration token_life_;
  std::vector<Duration> spans_;
  bool logins_;
  std::array<LanePaces, kLaneCount> lanes_;
  std::array<std::optional<Schedule>, kLaneCount> slots_;
  std::map<unsigned, std::vector<Pace>> joint_;  // by set of lanes
  std::map<unsigned, std::shared_ptr<Schedule>> groups_;
  std::vector<std::shared_ptr<Schedule>> schedules_;  // one for each set of paces
};

// Lengths at which composed limits are made paces: those that are asked for, and those of the policy.
std::vector<Duration> SpansToTry(const Policy& policy, const std::vector<Reach>& reaches) {
  std::set<Duration> spans = {kHour / 4, kHour, 6 * kHour, kDay, 7 * kDay, 30 * kDay, 90 * kDay, 365 * kDay};
  for (const auto& [span, count] : policy.spec().bounds) spans.insert(span);
  for (const Reach& reach : reaches) {
    if (!reach.limit.ever()) spans.insert(reach.limit.window);
    for (int times : {1, 2, 4}) {
      if (reach.limit.hold > Duration::zero()) spans.insert(times * reach.limit.hold);
      if (reach.limit.quiet > Duration::zero()) spans.insert(times * reach.limit.quiet);
    }
  }
  return {spans.begin(), spans.end()};
}

// Both readings of a policy: between two successes, and whatever logins there are.
class BothCalculators {
 public:
  BothCalculators(const Policy& policy, const std::vector<Reach>& reaches, Factor factor, Duration token_life,
                  std::vector<Duration> spans)
      : between_(policy, reaches, factor, token_life, spans, /*logins=*/false),
        whatever_(policy, reaches, factor, token_life, std::move(spans), /*logins=*/true) {}

  GuessRow RowOf(Duration span) {
    GuessRow row{
        .span = span, .total = between_.Total(span), .by_lane = {}, .whatever_logins = whatever_.Total(span)};
    for (Lane lane : kAllLanes) row.by_lane[static_cast<size_t>(lane)] = between_.OfLane(lane, span);
    return row;
  }

  BoundCheck Check(Duration span, int64_t bound) {
    BoundCheck check{.span = span, .bound = bound, .proved = whatever_.Total(span), .parts = {}};
    for (Lane lane : kAllLanes) check.parts[static_cast<size_t>(lane)] = whatever_.OfLane(lane, span);
    return check;
  }

 private:
  Calculator between_;
  Calculator whatever_;
};

}  // namespace

GuessRow GuessesWithin(const Policy& policy, const std::vector<Reach>& reaches, Duration token_life,
                       Duration span, Factor factor) {
  std::vector<Duration> spans = SpansToTry(policy, reaches);
  spans.push_back(span);
  return BothCalculators(policy, reaches, factor, token_life, std::move(spans)).RowOf(span);
}

GuessBounds BoundGuesses(const Policy& policy, const std::vector<Reach>& reaches, Duration token_life) {
  BothCalculators both(policy, reaches, Factor::kPassword, token_life, SpansToTry(policy, reaches));
  GuessBounds bounds;
  for (const Duration span : {kHour, kDay, 30 * kDay, 365 * kDay}) bounds.rows.push_back(both.RowOf(span));
  bounds.consecutive = both.RowOf(Duration::zero());
  for (const auto& [span, bound] : policy.spec().bounds) bounds.checks.push_back(both.Check(span, bound));
  if (policy.spec().consecutive_bound) {
    bounds.checks.push_back({.span = Duration::zero(),
                             .bound = *policy.spec().consecutive_bound,
                             .proved = bounds.consecutive.total,
                             .parts = bounds.consecutive.by_lane});
  }
  return bounds;
}

std::vector<CodeBounds> BoundCodes(const Policy& policy, const std::vector<Reach>& reaches,
                                   Duration token_life) {
  std::vector<CodeBounds> codes;
  for (const Factor factor : {Factor::kOneTimeCode, Factor::kRecoveryCode}) {
    BothCalculators both(policy, reaches, factor, token_life, SpansToTry(policy, reaches));
    codes.push_back({.factor = factor, .rows = {both.RowOf(kDay), both.RowOf(30 * kDay)}});
  }
  return codes;
}

std::vector<Breach> FindUnboundedGuesses(const GuessBounds& bounds) {
  std::vector<Breach> found;
  auto guess = [](int64_t times) {
    return std::vector<AttackRequest>{
        {.times = times,
         .who = "an attacker with every stolen proof",
         .action = "a wrong password for the owner's account, each as soon as it is admitted, lane by lane",
         .answer = "ALLOW"}};
  };
  if (bounds.checks.empty()) {
    found.push_back({.promise = "P2",
                     .rule = "bounds",
                     .limit_index = 0,
                     .path = "bounds",
                     .attack = "the policy states no bound, so nobody can say that a guess is one too many",
                     .requests = guess(1),
                     .mend = "write for example `bounds: { 24h: 100, 30d: 300 }`"});
  }
  for (const BoundCheck& check : bounds.checks) {
    if (check.holds()) continue;
    const std::string span =
        check.span == Duration::zero() ? "between two successes" : absl::StrCat("in ", SpanWords(check.span));
    std::string parts;
    for (Lane lane : kAllLanes) {
      const Count& part = check.parts[static_cast<size_t>(lane)];
      absl::StrAppend(&parts, parts.empty() ? "" : " + ", part ? absl::StrCat(*part) : "no limit", " ",
                      ToAbsl(LaneName(lane)));
    }
    found.push_back(
        {.promise = "P2",
         .rule = "bounds",
         .limit_index = 0,
         .path = "bounds",
         .attack = absl::StrCat(check.proved ? absl::StrCat(*check.proved) : "unlimited",
                                " wrong passwords of one account are verified ", span,
                                ", more than the bound of ", check.bound, " (", parts, ")"),
         .requests = guess(check.bound + 1),
         .mend = "lower the budgets of the lanes until they add up, or state the bound that they keep"});
  }
  return found;
}

OwnerTries CountOwnerTries(const std::vector<Reach>& reaches) {
  constexpr int64_t kMost = 1000;
  auto concerns = [](const Reach& reach) {
    return reach.counter->when.paths.empty() && reach.counter->when.groups.empty() &&
           (reach.counter->when.factors.empty() || reach.counter->when.factors.contains(Factor::kPassword));
  };
  auto tries = [&](const std::vector<Lane>& lanes) {
    std::map<std::pair<const Counter*, int>, int64_t> charges;
    auto series = [](const Reach& reach, Lane lane) {
      const Place place = reach.place[static_cast<size_t>(lane)];
      const bool shared = place == Place::kOnly || place == Place::kHost;
      return std::pair(reach.counter, shared ? -1 : static_cast<int>(lane));
    };
    int64_t admitted = 0;
    for (; admitted < kMost; ++admitted) {
      auto open = [&](Lane lane) {
        return std::none_of(reaches.begin(), reaches.end(), [&](const Reach& reach) {
          if (!reach.refuses.Contains(lane) || !concerns(reach)) return false;
          const int64_t above = reach.limit.then == Consequence::kThrottle
                                    ? std::max<int64_t>(1, reach.limit.above)
                                    : reach.limit.above;
          return charges[series(reach, lane)] >= above;
        });
      };
      const auto lane = std::find_if(lanes.begin(), lanes.end(), open);
      if (lane == lanes.end()) break;
      std::set<std::pair<const Counter*, int>> fed;
      for (const Reach& reach : reaches) {
        if (reach.fed_by.Contains(*lane) && concerns(reach)) fed.insert(series(reach, *lane));
      }
      for (const auto& each : fed) {
        int64_t& count = charges[each];
        const bool guesses =
            each.first->count == CountKind::kAttempts || each.first->count == CountKind::kFailures;
        count = guesses ? count + 1 : each.first->count == CountKind::kSuccesses ? 0 : 1;
      }
    }
    return admitted;
  };
  OwnerTries found;
  for (Lane lane : kAllLanes) found.by_lane[static_cast<size_t>(lane)] = tries({lane});
  found.on_known_device = tries({Lane::kDevice, Lane::kFamiliar, Lane::kStranger});
  found.as_stranger = found.by_lane[static_cast<size_t>(Lane::kStranger)];
  return found;
}

}  // namespace latchkey
