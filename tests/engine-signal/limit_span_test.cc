#include "engine/signal/limit_span.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace latchkey {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): units of time

constexpr TimePoint kNow{24h * 365 * 50};
constexpr Duration kTick{1};

struct Asked {
  Limit limit;
  std::vector<Entry> entries;
  bool distinct = false;
  int64_t weight = 1;
  Duration token_life = 2min;

  [[nodiscard]] LimitState At(TimePoint now) const {
    return EvaluateLimit(limit, entries, distinct, weight, now, token_life);
  }
  [[nodiscard]] TimePoint Until(TimePoint now) const {
    return SaysUntil(limit, entries, distinct, weight, At(now), now, token_life);
  }
};

bool TheSame(const LimitState& a, TimePoint a_at, const LimitState& b, TimePoint b_at) {
  if (a.count != b.count || a.refuses != b.refuses || a.provisional != b.provisional) return false;
  return a.until == b.until || (EndsSoon(a, a_at) && EndsSoon(b, b_at));
}

TEST(LimitSpanTest, AFullWindowSaysTheSameUntilAChargeLeavesIt) {
  const Asked asked{.limit = {.above = 2, .window = 15min, .then = Consequence::kChallenge},
                    .entries = {{.at = kNow - 10min}, {.at = kNow - 5min}}};
  EXPECT_EQ(asked.At(kNow).until, kNow + 5min);
  EXPECT_EQ(asked.Until(kNow), kNow + 1min) << "as far as it looks ahead";
  // A second before its end it says nothing else, but could, if it were provisional.
  EXPECT_EQ(asked.Until(kNow + 5min - 2s), kNow + 5min - kProvisionalWait + kTick);
  EXPECT_EQ(asked.Until(kNow + 5min - 500ms), kNow + 5min);
  EXPECT_EQ(asked.Until(kNow + 5min), kNow + 5min + 1min);
}

TEST(LimitSpanTest, AProvisionalRefusalSaysTheSameUntilItsChargesStand) {
  const Asked asked{.limit = {.above = 1, .window = 15min, .then = Consequence::kLockout, .hold = 1h},
                    .entries = {{.at = kNow - 1min}}};
  EXPECT_TRUE(EndsSoon(asked.At(kNow), kNow));
  EXPECT_EQ(asked.Until(kNow + 1min - 500ms), kNow + 1min);
  EXPECT_TRUE(EndsSoon(asked.At(kNow + 1min - kTick), kNow + 1min - kTick));
  EXPECT_FALSE(EndsSoon(asked.At(kNow + 1min), kNow + 1min));
}

TEST(LimitSpanTest, AnEndThatNobodyForeseesIsForThisMomentAlone) {
  // Nothing that leaves the window makes room for so much at once.
  const Asked asked{
      .limit = {.above = 2, .window = 15min, .then = Consequence::kChallenge}, .entries = {}, .weight = 3};
  EXPECT_EQ(asked.At(kNow).until, kNow + 15min);
  EXPECT_EQ(asked.Until(kNow), kNow + kTick);
}

// Any limit, any charges: it never says anything else before the moment that was foreseen.
TEST(LimitSpanTest, NothingChangesBeforeTheMomentThatIsForeseen) {
  int64_t moments = 0;
  int64_t spans = 0;
  for (uint64_t seed = 1; seed <= 1500 && !HasFailure(); ++seed) {
    std::mt19937_64 dice(seed);
    const auto below = [&](int64_t bound) {
      return static_cast<int64_t>(dice() % static_cast<uint64_t>(bound));
    };
    const auto span = [&](int64_t most) { return Duration(1 + below(most)); };
    Asked asked;
    asked.limit.above = below(6);
    asked.limit.window = below(4) == 0 ? Duration(0) : span(6000);
    if (asked.limit.ever() && below(2) == 0) asked.limit.quiet = span(3000);
    asked.limit.then = static_cast<Consequence>(below(3));
    if (asked.limit.then == Consequence::kLockout)
      asked.limit.hold = below(2) == 0 ? Duration(0) : span(5000);
    if (asked.limit.then == Consequence::kThrottle)
      asked.limit.wait = {
          .first = span(1500), .factor = 1 + static_cast<double>(below(3)) / 2, .max = span(4000)};
    asked.distinct = below(4) == 0;
    asked.weight = asked.distinct || below(3) > 0 ? 1 : 1 + below(3);
    asked.token_life = below(5) == 0 ? -24h * 400 : span(3000);
    for (int64_t n = below(8); n > 0; --n)
      asked.entries.push_back({.at = kNow + 300ms - span(7000), .count = 1 + below(2)});
    std::sort(asked.entries.begin(), asked.entries.end(),
              [](const Entry& a, const Entry& b) { return a.at < b.at; });
    TimePoint from = kNow;
    TimePoint until = from;
    LimitState said;
    for (TimePoint now = kNow; now < kNow + 8s && !HasFailure(); now += kTick, ++moments) {
      const LimitState says = asked.At(now);
      if (now >= until) {
        from = now;
        said = says;
        until = asked.Until(now);
        ++spans;
        ASSERT_GT(until, now);
      }
      EXPECT_TRUE(TheSame(said, from, says, now))
          << "seed " << seed << ": said at " << from.time_since_epoch().count() << ", not at "
          << now.time_since_epoch().count();
    }
  }
  EXPECT_LT(spans * 5, moments) << "it foresees something";
}

}  // namespace
}  // namespace latchkey
