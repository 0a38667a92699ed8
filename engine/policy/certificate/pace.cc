#include "engine/policy/certificate/pace.h"

#include <algorithm>

namespace latchkey {
namespace {

constexpr int64_t kHoldsTried = 4096;

int64_t CeilDiv(Duration a, Duration b) { return (a.count() + b.count() - 1) / b.count(); }

}  // namespace

int64_t MostUnderHold(const Limit& limit, Duration token_life, Duration span) {
  const int64_t n = limit.above;
  if (n == 0 || span <= Duration::zero()) return 0;
  // Until a trigger is as old as an attempt token may live, its hold does not begin (limit.h). With a window
  // shorter than that, several windows can be filled meanwhile.
  const bool leaks = limit.window < token_life;
  const int64_t fills_max = leaks ? CeilDiv(token_life, limit.window) : 1;
  int64_t most = 0;
  for (const int64_t fills : {int64_t{1}, fills_max}) {
    const Duration cycle = limit.hold + (fills - 1) * limit.window;
    const int64_t windows = leaks ? CeilDiv(token_life, limit.window) + 1 : 1;
    const int64_t holds_max = (span.count() - 1) / cycle.count();
    // Of very many holds a few are tried, with one window more: the count grows evenly between them.
    const int64_t step = 1 + holds_max / kHoldsTried;
    for (int64_t holds = 0; holds <= holds_max; holds += step) {
      const Duration left = span - holds * cycle;
      const int64_t alive =
          holds * windows + CeilDiv(left, limit.window) + (leaks ? 1 : 0) + (step > 1 ? step : 0);
      most = std::max(most, (n - 1) * alive + (holds + (step > 1 ? step : 1)) * fills);
    }
  }
  return leaks ? std::min(most, n * CeilDiv(span, limit.window)) : most;
}

namespace {

constexpr size_t kRoundMax = 2'000;

// How long a round of so many charges takes, from its first one: total[k] for k + 1 charges. Each further
// charge costs `steady` then; zero: there is none.
struct RoundCosts {
  std::vector<int64_t> total = {0};
  int64_t steady = 0;
};

// The wait before a round's next charge, after `count`. Nothing: who waits that long begins anew.
std::optional<Duration> WaitInRound(const std::vector<Limit>& limits, int64_t count, Duration token_life) {
  Duration wait{0};
  for (const Limit& limit : limits) {
    const int64_t j = count - limit.above + 1;
    if (j < 1) continue;
    if (limit.then != Consequence::kThrottle) return std::nullopt;
    wait = std::max(wait, WaitOf(limit.wait, j));
    // A limit begins to count waits when its charges are as old as an attempt token may live.
    if (j == 1) wait = std::max(wait, token_life);
  }
  if (wait >= limits.front().quiet) return std::nullopt;
  return wait;
}

RoundCosts CostsOfRound(const std::vector<Limit>& limits, const std::vector<Pace>& beside,
                        Duration token_life, Duration span) {
  RoundCosts costs;
  Schedule others(beside);
  int64_t waited = 0;
  while (costs.total.back() < span.count()) {
    const auto count = static_cast<int64_t>(costs.total.size());
    const std::optional<Duration> wait = WaitInRound(limits, count, token_life);
    if (!wait) return costs;
    if (costs.total.size() >= kRoundMax) {
      costs.steady = std::max<int64_t>(1, wait->count());
      return costs;
    }
    waited += wait->count();
    const std::optional<Duration> paced =
        beside.empty() ? Duration(0) : others.TimeOf(costs.total.size() + 1);
    if (!paced) return costs;
    costs.total.push_back(std::max(waited, paced->count()));
  }
  return costs;
}

// Pieces of the lower convex hull of the costs: so many waits at such a price each, cheapest first. Nobody
// gets more waits for his time than by buying these, in whatever rounds.
struct Piece {
  int64_t waits;
  double price;
};

std::vector<Piece> CheapestPieces(const RoundCosts& costs) {
  std::vector<size_t> hull = {0};
  auto slope = [&](size_t from, size_t to) {
    return static_cast<double>(costs.total[to] - costs.total[from]) / static_cast<double>(to - from);
  };
  for (size_t k = 1; k < costs.total.size(); ++k) {
    while (hull.size() > 1 && slope(hull[hull.size() - 2], hull.back()) >= slope(hull.back(), k))
      hull.pop_back();
    hull.push_back(k);
  }
  std::vector<Piece> pieces;
  for (size_t i = 1; i < hull.size(); ++i)
    pieces.push_back({static_cast<int64_t>(hull[i] - hull[i - 1]), slope(hull[i - 1], hull[i])});
  return pieces;
}

}  // namespace

int64_t MostWithRests(const std::vector<Limit>& limits, const std::vector<Pace>& beside, Duration token_life,
                      Duration span) {
  if (span <= Duration::zero() || limits.empty()) return 0;
  const Duration quiet = limits.front().quiet;
  const RoundCosts costs = CostsOfRound(limits, beside, token_life, span);
  const std::vector<Piece> pieces = CheapestPieces(costs);
  const int64_t rounds_max = CeilDiv(span, quiet);
  const int64_t step = 1 + rounds_max / kHoldsTried;
  int64_t most = 0;
  for (int64_t rounds = 1; rounds <= rounds_max; rounds += step) {
    const int64_t many = rounds + step - 1;
    // Time that is left for waiting; a round that began before the span has its first wait behind it.
    auto left = static_cast<double>((span - (rounds - 1) * quiet + token_life).count() - 1);
    double waits = 0;
    for (const Piece& piece : pieces) {
      const auto all = static_cast<double>(piece.waits * many);
      const double taken = piece.price > 0 ? std::min(all, left / piece.price) : all;
      waits += taken;
      left -= taken * piece.price;
      if (taken < all) break;
    }
    if (costs.steady > 0 && left > 0) waits += left / static_cast<double>(costs.steady);
    most = std::max(most, many + static_cast<int64_t>(waits + 1e-6));
  }
  return most;
}

std::vector<Pace> PacesWithRests(const std::vector<Limit>& limits, const std::vector<Pace>& beside,
                                 Duration token_life, const std::vector<Duration>& spans) {
  std::vector<Pace> paces;
  for (const Limit& limit : limits) {
    // Rounds of at most `above`, so far apart: no window of that length sees two of them.
    if (limit.then != Consequence::kThrottle)
      paces.push_back({.above = limit.above, .window = limit.quiet, .wait = {}});
  }
  if (paces.size() == limits.size()) return paces;
  for (const Duration span : spans)
    paces.push_back({.above = MostWithRests(limits, beside, token_life, span), .window = span, .wait = {}});
  return paces;
}

std::vector<Pace> PacesOf(const Limit& limit, Duration token_life, const std::vector<Duration>& spans) {
  if (limit.quiet > Duration::zero()) return PacesWithRests({limit}, {}, token_life, spans);
  if (limit.then == Consequence::kThrottle) {
    // Only charges older than a token's life let a throttle count its waits; in a shorter window there are
    // none, and it admits no more than its limit.
    if (!limit.ever() && limit.window <= token_life)
      return {{.above = std::max<int64_t>(limit.above, 1), .window = limit.window, .wait = {}}};
    return {{.above = limit.above, .window = limit.window, .wait = limit.wait}};
  }
  std::vector<Pace> paces = {{.above = limit.above, .window = limit.window, .wait = {}}};
  const bool holds = limit.then == Consequence::kLockout && !limit.ever() && limit.hold > limit.window &&
                     limit.hold > token_life;
  if (!holds) return paces;
  for (const Duration span : spans) {
    if (span > limit.window)
      paces.push_back({.above = MostUnderHold(limit, token_life, span), .window = span, .wait = {}});
  }
  return paces;
}

std::vector<Pace> WithoutDominated(std::vector<Pace> paces) {
  // Whether whoever keeps `a` keeps `b` as well.
  auto implies = [](const Pace& a, const Pace& b) {
    if (a.wait) return a == b;
    if (b.wait) return false;
    if (a.window == Duration::zero()) return a.above <= b.above;
    return b.window > Duration::zero() && a.above * CeilDiv(b.window, a.window) <= b.above;
  };
  std::vector<Pace> kept;
  for (size_t i = 0; i < paces.size(); ++i) {
    bool needed = true;
    for (size_t j = 0; needed && j < paces.size(); ++j) {
      if (i == j || !implies(paces[j], paces[i])) continue;
      needed = implies(paces[i], paces[j]) && i < j;  // of two alike the first stays
    }
    if (needed) kept.push_back(paces[i]);
  }
  return kept;
}

Schedule::Schedule(std::vector<Pace> paces, size_t charges_max)
    : paces_(WithoutDominated(std::move(paces))), charges_max_(charges_max) {
  for (const Pace& pace : paces_) {
    if (!pace.wait)
      charges_max_ = std::max(charges_max_, 3 * static_cast<size_t>(std::min<int64_t>(pace.above, 100'000)));
  }
}

int64_t Schedule::Before(Duration span) const {
  return std::lower_bound(times_.begin(), times_.end(), span) - times_.begin();
}

std::optional<int64_t> Schedule::Within(Duration span) {
  if (paces_.empty()) return std::nullopt;
  if (span <= Duration::zero()) return 0;
  while (!ended_ && times_.size() < charges_max_ && (times_.empty() || times_.back() < span)) Grow();
  if (ended_ || times_.back() >= span) return Before(span);
  const Duration period = times_.back();
  if (period == Duration::zero()) return std::nullopt;
  return span / period * Before(period) + Before(span % period);
}

std::optional<int64_t> Schedule::Ever() const {
  std::optional<int64_t> least;
  for (const Pace& pace : paces_) {
    if (pace.wait || pace.window > Duration::zero()) {
      if (!pace.wait && pace.above == 0) return 0;
      continue;
    }
    least = std::min(least.value_or(pace.above), pace.above);
  }
  return least;
}

std::optional<Duration> Schedule::TimeOf(size_t charges) {
  while (!ended_ && times_.size() < charges) Grow();
  return times_.size() < charges ? std::nullopt : std::optional<Duration>(times_[charges - 1]);
}

void Schedule::Grow() {
  const std::optional<Duration> next = Next();
  if (next)
    times_.push_back(*next);
  else
    ended_ = true;
}

bool Schedule::Throttled(const Pace& pace, Duration& at) const {
  if (times_.empty()) return false;
  const bool ever = pace.window == Duration::zero();
  const Duration start = at;
  for (;;) {
    const auto oldest =
        ever ? times_.begin() : std::upper_bound(times_.begin(), times_.end(), at - pace.window);
    const int64_t count = times_.end() - oldest;
    if (count == 0 || count < pace.above) break;
    const Duration due = times_.back() + WaitOf(*pace.wait, std::max<int64_t>(1, count - pace.above + 1));
    if (at >= due) break;
    at = ever ? due : std::min(due, *oldest + pace.window);
  }
  return at > start;
}

std::optional<Duration> Schedule::Next() const {
  Duration at = times_.empty() ? Duration::zero() : times_.back();
  for (const Pace& pace : paces_) {
    if (pace.wait) continue;
    const auto above = static_cast<size_t>(pace.above);
    if (times_.size() < above) continue;
    if (pace.window == Duration::zero() || above == 0) return std::nullopt;
    at = std::max(at, times_[times_.size() - above] + pace.window);
  }
  for (bool waited = true; waited;) {
    waited = false;
    for (const Pace& pace : paces_) waited = (pace.wait && Throttled(pace, at)) || waited;
  }
  return at;
}

}  // namespace latchkey
