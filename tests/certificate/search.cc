#include "tests/certificate/search.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"
#include "engine/policy/certificate/words.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kTokenLife = minutes(2);
constexpr double kNearEnough = 0.985;

class Search {
 public:
  Search(const std::string& policy, Duration span, uint64_t seed, Factor factor)
      : policy_(policy), span_(span), seed_(seed), factor_(factor), dice_(seed) {
    const auto compiled = PolicyOf(policy);
    const std::vector<Reach> reaches = ReachesOf(*compiled);
    nearest_.row = GuessesWithin(*compiled, reaches, kTokenLife, span, factor);
    nearest_.exact = std::none_of(reaches.begin(), reaches.end(), [](const Reach& reach) {
      return reach.of_account() &&
             (reach.limit.then == Consequence::kThrottle || reach.limit.hold > Duration::zero() ||
              reach.limit.quiet > Duration::zero());
    });
    pairs_ = std::any_of(reaches.begin(), reaches.end(), [](const Reach& reach) {
      return std::find(reach.place.begin(), reach.place.end(), Place::kTable) != reach.place.end();
    });
    addresses_ = std::any_of(reaches.begin(), reaches.end(),
                             [](const Reach& reach) { return reach.counter->shard == Shard::kSource; });
    holds_ = std::any_of(reaches.begin(), reaches.end(),
                         [](const Reach& reach) { return reach.limit.hold > reach.limit.window; });
    const auto uneven = std::count_if(reaches.begin(), reaches.end(), [](const Reach& reach) {
      return reach.of_account() &&
             (reach.limit.quiet > Duration::zero() || reach.limit.hold > reach.limit.window);
    });
    const auto even = std::count_if(reaches.begin(), reaches.end(),
                                    [](const Reach& reach) { return reach.of_account() && reach.rule >= 0; });
    nearest_.tangled = uneven > 0 && even > 1;
    rests_ = std::any_of(reaches.begin(), reaches.end(),
                         [](const Reach& reach) { return reach.limit.quiet > Duration::zero(); });
  }

  Nearest Run(int tries) {
    for (const Habits& habits : Beginnings()) {
      if (Done(tries)) return std::move(nearest_);
      Try(habits);
    }
    while (!Done(tries)) Try(Changed(nearest_.habits));
    return std::move(nearest_);
  }

 private:
  [[nodiscard]] bool Done(int tries) const {
    return nearest_.tried >= tries || !nearest_.beaten.empty() || nearest_.share() >= kNearEnough;
  }

  std::vector<Habits> Beginnings() const {
    std::vector<Habits> all;
    const int addresses = pairs_ ? 64 : 12;
    all.push_back({.addresses = addresses});
    if (holds_) all.push_back({.addresses = addresses, .stays_below = true});
    if (rests_) {
      for (int waits : {7, 2, 0, 12, 30}) all.push_back({.addresses = addresses, .waits_a_round = waits});
    }
    all.push_back({.addresses = addresses, .new_addresses = true, .owner_moves = addresses_});
    all.push_back({.addresses = 1, .polls = seconds(1), .early_recoveries = false});
    return all;
  }

  Habits Changed(Habits habits) {
    switch (dice_() % 7) {
      case 0:
        habits.addresses = std::max<int>(1, static_cast<int>(dice_() % 80));
        break;
      case 1:
        habits.new_addresses = !habits.new_addresses;
        break;
      case 2:
        habits.stays_below = !habits.stays_below;
        break;
      case 3:
        habits.waits_a_round = static_cast<int>(dice_() % 20);
        break;
      case 4:
        habits.pause = dice_() % 2 == 0 ? Duration(0) : Duration(1 + static_cast<int64_t>(dice_() % 5'000));
        break;
      case 5:
        habits.polls = Duration(500 + static_cast<int64_t>(dice_() % 10'000));
        break;
      default:
        habits.early_recoveries = !habits.early_recoveries;
        habits.owner_moves = addresses_ && dice_() % 2 == 0;
        habits.reports = !habits.reports;
    }
    return habits;
  }

  void Try(Habits habits) {
    ++nearest_.tried;
    habits.factor = factor_;
    const std::vector<Guess> guesses =
        Attack(policy_, habits, span_ + span_ / 8, seed_ + static_cast<uint64_t>(nearest_.tried));
    const int64_t total = MostWithin(guesses, span_);
    if (total > *nearest_.row.total)
      nearest_.beaten = absl::StrCat("in all ", total, " > ", *nearest_.row.total, " by ", habits.Text());
    for (Lane lane : kAllLanes) {
      const auto& bound = nearest_.row.by_lane[static_cast<size_t>(lane)];
      const int64_t got = MostWithin(guesses, span_, lane);
      if (bound && got > *bound)
        nearest_.beaten =
            absl::StrCat(ToAbsl(LaneName(lane)), " ", got, " > ", *bound, " by ", habits.Text());
    }
    if (nearest_.tried > 1 && total < nearest_.guesses) return;
    nearest_.guesses = total;
    nearest_.habits = habits;
  }

  const std::string& policy_;
  Duration span_;
  uint64_t seed_;
  Factor factor_;
  std::mt19937_64 dice_;
  bool pairs_ = false;
  bool addresses_ = false;  // some limit counts addresses
  bool holds_ = false;
  bool rests_ = false;
  Nearest nearest_;
};

}  // namespace

Nearest SearchAdversary(const std::string& policy_yaml, Duration span, int tries, uint64_t seed,
                        Factor factor) {
  return Search(policy_yaml, span, seed, factor).Run(tries);
}

Duration LongestSpanToTry(const std::string& policy_yaml, int64_t guesses_max) {
  const auto policy = PolicyOf(policy_yaml);
  const std::vector<Reach> reaches = ReachesOf(*policy);
  // Pairs that end with nothing but a success are tried from dozens of addresses at every turn: a day is
  // enough.
  const bool stubborn = std::any_of(reaches.begin(), reaches.end(), [](const Reach& reach) {
    return reach.limit.ever() &&
           std::find(reach.place.begin(), reach.place.end(), Place::kTable) != reach.place.end();
  });
  for (const Duration span :
       {Duration(hours(24 * 30)), Duration(hours(24)), Duration(hours(1)), Duration(minutes(10)),
        Duration(minutes(1)), Duration(seconds(10)), Duration(seconds(1))}) {
    if (stubborn && span > hours(24)) continue;
    const GuessRow row = GuessesWithin(*policy, reaches, kTokenLife, span);
    const bool last = span == Duration(seconds(1));
    if (row.total && *row.total <= (last ? 8 * guesses_max : guesses_max)) return span;
  }
  return Duration(0);
}

}  // namespace latchkey
