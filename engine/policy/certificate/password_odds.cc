#include "engine/policy/certificate/password_odds.h"

#include <array>
#include <cmath>
#include <span>

namespace latchkey {
namespace {

struct Point {
  double guesses;
  double share;
};

constexpr std::array<Point, 6> kRockYou = {
    {{1, 0.0089}, {3, 0.0137}, {5, 0.0171}, {10, 0.0205}, {100, 0.046}, {1000, 0.11}}};
constexpr std::array<Point, 2> kYahoo = {{{1, 0.011}, {10, 0.018}}};

// Between two published points the share grows with the logarithm of the guesses.
PasswordOdds Odds(std::string_view collection, std::string_view citation, std::span<const Point> points,
                  int64_t guesses) {
  PasswordOdds odds{.collection = collection, .citation = citation};
  if (guesses <= 0) return odds;
  const auto count = static_cast<double>(guesses);
  odds.share = points.back().share;
  odds.at_least = count > points.back().guesses;
  for (size_t i = 1; i < points.size(); ++i) {
    if (count > points[i].guesses) continue;
    const Point& low = points[i - 1];
    const double part = std::log(count / low.guesses) / std::log(points[i].guesses / low.guesses);
    odds.share = low.share + part * (points[i].share - low.share);
    break;
  }
  return odds;
}

}  // namespace

std::vector<PasswordOdds> OddsOfGuesses(int64_t guesses) {
  return {Odds("RockYou", "32.6 million passwords leaked in 2009; sums of its most common ones", kRockYou,
               guesses),
          Odds("Yahoo", "Bonneau, The Science of Guessing, IEEE S&P 2012; 70 million passwords", kYahoo,
               guesses)};
}

}  // namespace latchkey
