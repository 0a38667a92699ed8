// A refusal that is answered again without deciding anew is the one that deciding anew would give.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "engine/assess/decide.h"
#include "tests/support/answers.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

constexpr TimePoint kNow{std::chrono::hours(24 * 365 * 50)};
constexpr Duration kTokenLife = 2min;

// A policy, an attempt and counts, all by one seed, made so that much is about to change.
class Chance {
 public:
  explicit Chance(uint64_t seed) : dice_(seed) {
    std::vector<Diagnostic> wrong;
    while (policy_ == nullptr) policy_ = Policy::Compile(RandomSpec(), 1, wrong);
    facts_.account = {.high = 1, .low = 2};
    facts_.network = {.high = 3, .low = 4};
    facts_.source = 77;
    facts_.source_place = 5;
    facts_.path = "web";
    facts_.account_tag = 9;
    facts_.can_challenge = Below(4) > 0;
    facts_.at_stake = policy_->heeds_stakes() && facts_.can_challenge && Below(2) == 0;
    plan_ = PlanCharges(*policy_, facts_, {});
    request_.token_life = kTokenLife;
    for (const PlannedLane& lane : plan_.lanes) {
      request_.lanes.push_back(AskOf(*policy_, lane, facts_, {}, kTokenLife));
      Count(lane);
    }
    Count(plan_.challenged);
    if (Below(8) == 0) {
      account_.slots.push_back(
          {.lane = Lane::kFamiliar,
           .id = facts_.source,
           .seen = kNow - policy_->spec().familiar.remember + Duration(Below(2000) - 500)});
    }
    result_.records = {.now = kNow, .account = account_, .network = network_};
  }

  [[nodiscard]] std::optional<LastingVerdict> DecideAgain(TimePoint now) const {
    return latchkey::DecideAgain(*policy_, facts_, plan_, request_, result_, now);
  }

 private:
  int64_t Below(int64_t bound) { return static_cast<int64_t>(dice_() % static_cast<uint64_t>(bound)); }
  template <typename Item>
  Item OneOf(std::initializer_list<Item> items) {
    return *(items.begin() + Below(static_cast<int64_t>(items.size())));
  }

  Limit RandomLimit() {
    Limit limit{.above = 1 + Below(3),
                .window = OneOf<Duration>({1s, 2s, 10s, 5min, 1h}),
                .then = static_cast<Consequence>(Below(3))};
    if (limit.then == Consequence::kLockout) limit.hold = OneOf<Duration>({1s, 3s, 10min});
    if (limit.then == Consequence::kThrottle)
      limit.wait = {.first = OneOf<Duration>({1s, 2s, 30s}), .factor = OneOf({1.0, 2.0}), .max = 1min};
    return limit;
  }

  PolicySpec RandomSpec() {
    PolicySpec spec = StorefrontSpec();
    spec.challenged.failures = {{1 + Below(2), OneOf<Duration>({2s, 5min})}};
    spec.stranger.failures = {{1 + Below(4), OneOf<Duration>({3s, 10min})}};
    const int64_t rules = Below(4);
    for (int64_t n = 0; n < rules; ++n) {
      Rule rule = FailureRule("rule-" + std::to_string(n),
                              OneOf<std::vector<KeyKind>>({{KeyKind::kAccount},
                                                           {KeyKind::kSource},
                                                           {KeyKind::kNetwork},
                                                           {KeyKind::kAccount, KeyKind::kSource}}),
                              {Lane::kStranger}, {RandomLimit()});
      if (Below(3) == 0) rule.limits.push_back({.limit = RandomLimit()});
      if (Below(4) == 0) rule.from = {Lane::kStranger, Lane::kChallenged};
      if (Below(3) == 0) rule.count = CountKind::kAttempts;
      if (Below(5) == 0) rule.count = CountKind::kDistinctPasswordTags;
      if (Below(3) == 0) rule.mode = Mode::kShadow;
      if (Below(8) == 0) rule.weights.paths["web"] = 2;
      spec.rules.push_back(std::move(rule));
    }
    if (Below(3) == 0)
      spec.stakes.limits = {{.above = Below(2), .window = 5min, .then = Consequence::kChallenge}};
    spec.accept_risk = {"P1", "P2", "P4", "P5", "P6", "P7", "P8", "P10", "P11"};
    return spec;
  }

  // Charges that soon leave a window, stand, or end a hold or a wait; and some that do nothing for long.
  void Count(const PlannedLane& lane) {
    for (const PlannedStep& step : lane.steps) {
      Record& record = step.counter->shard == Shard::kAccount ? account_ : network_;
      const SeriesId id{.signature = step.counter->signature,
                        .sub = step.sub_is_slot ? uint16_t{0} : step.sub};
      if (record.FindSeries(id) != nullptr) continue;
      Series series{.id = id, .entries = {}};
      for (int64_t n = Below(6); n > 0; --n) {
        Duration ago = OneOf<Duration>({0s, kTokenLife, 10s});
        if (!step.step->limits.empty() && Below(2) == 0) {
          const Limit& limit =
              step.step->limits[static_cast<size_t>(Below(static_cast<int64_t>(step.step->limits.size())))]
                  .limit;
          ago = OneOf<Duration>({limit.window, limit.hold, limit.wait.first, limit.wait.first * 2});
        }
        series.entries.push_back({.at = kNow - ago + Duration(Below(2500) - 1000),
                                  .count = 1,
                                  .member = static_cast<uint64_t>(n)});
      }
      std::sort(series.entries.begin(), series.entries.end(),
                [](const Entry& a, const Entry& b) { return a.at < b.at; });
      record.series.push_back(std::move(series));
    }
  }

  std::mt19937_64 dice_;
  std::shared_ptr<const Policy> policy_;
  Facts facts_;
  Plan plan_;
  ChargeRequest request_;
  ChargeResult result_;
  Record account_;
  Record network_;
};

// What becomes of refusals that are looked at again and again.
struct Course {
  int64_t kept = 0;
  int64_t anew = 0;
  int64_t ended = 0;
};

// Decides at each of these times, and holds what was kept against it. `step` answers how far to the next.
template <typename Step>
void Follow(uint64_t seed, Duration span, Step step, Course& course) {
  const Chance chance(seed);
  std::optional<LastingVerdict> latest;
  for (TimePoint now = kNow; now < kNow + span && !testing::Test::HasFailure(); now += step(latest, now)) {
    const std::optional<LastingVerdict> decided = chance.DecideAgain(now);
    if (latest && now < latest->until) {
      ++course.kept;
      ASSERT_TRUE(decided.has_value()) << "seed " << seed << ": does not refuse any more";
      EXPECT_TRUE(latest->At(now) == decided->verdict)
          << "seed " << seed << ", " << (now - kNow).count()
          << " ms on\nkept:    " << Describe(latest->At(now), now)
          << "\ndecided: " << Describe(decided->verdict, now);
      continue;
    }
    if (latest && !decided) ++course.ended;
    if (decided) {
      ++course.anew;
      ASSERT_GT(decided->until, now);
    }
    latest = decided;
  }
}

TEST(LastingVerdictTest, WhatIsKeptIsWhatWouldBeDecidedAtEachMoment) {
  Course course;
  // For as long as a refusal is known by heart where other nodes write too, and a little more.
  for (uint64_t seed = 1; seed <= 400 && !HasFailure(); ++seed)
    Follow(
        seed, 1200ms, [](const auto& /*latest*/, TimePoint /*now*/) { return 1ms; }, course);
  EXPECT_GT(course.kept, 2 * course.anew) << "it is kept for some time";
  EXPECT_GT(course.ended, 0) << "what ends is among them";
}

TEST(LastingVerdictTest, ForAMinuteItIsToo) {
  Course course;
  for (uint64_t seed = 1; seed <= 400 && !HasFailure(); ++seed) {
    std::mt19937_64 dice(seed);
    // In strides, but to the last moment and the one after it of each that lasts.
    const auto step = [&](const std::optional<LastingVerdict>& latest, TimePoint now) -> Duration {
      const auto stride = Duration(1 + static_cast<int64_t>(dice() % 700));
      if (!latest || latest->until - latest->from <= 1ms || now >= latest->until) return stride;
      const Duration left = latest->until - now;
      return left == 1ms ? left : std::min<Duration>(stride, left - 1ms);
    };
    Follow(seed, 75s, step, course);
  }
  EXPECT_GT(course.kept, 2 * course.anew) << "it is kept for some time";
  EXPECT_GT(course.ended, 0) << "what ends is among them";
}

}  // namespace
}  // namespace latchkey
