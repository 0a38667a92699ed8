#include "engine/lab/passwords.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace latchkey::lab {
namespace {

struct Point {
  double ranks;
  double mass;
};

// Between two points, mass grows with the logarithm of the rank. The last point is an assumption.
constexpr std::array<Point, 7> kPoints = {
    {{1, 0.0089}, {3, 0.0137}, {5, 0.0171}, {10, 0.0205}, {100, 0.046}, {1000, 0.11}, {1e6, 0.30}}};

}  // namespace

double MassOfFirst(int64_t ranks) {
  if (ranks <= 0) return 0;
  const auto wanted = static_cast<double>(ranks);
  if (wanted >= kPoints.back().ranks) return kPoints.back().mass;
  const auto* above = std::upper_bound(kPoints.begin(), kPoints.end(), wanted,
                                       [](double value, const Point& point) { return value < point.ranks; });
  const Point& low = *(above - 1);
  const double share = std::log(wanted / low.ranks) / std::log(above->ranks / low.ranks);
  return low.mass + share * (above->mass - low.mass);
}

double MassOf(Password password) {
  if (password < 0 || password >= kCommonPasswords) return 0;
  return MassOfFirst(password + 1) - MassOfFirst(password);
}

Password DrawPassword(Dice& dice, int64_t number) {
  const double wanted = dice.Unit();
  if (wanted >= kPoints.back().mass) return StrongPassword(number);
  // The smallest rank whose mass reaches it.
  int64_t low = 1;
  int64_t high = kCommonPasswords;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (MassOfFirst(middle) > wanted) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low - 1;
}

}  // namespace latchkey::lab
