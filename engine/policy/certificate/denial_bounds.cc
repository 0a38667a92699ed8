#include "engine/policy/certificate/denial_bounds.h"

#include <algorithm>
#include <set>

#include "engine/policy/certificate/information_flow.h"
#include "engine/policy/certificate/pace.h"

namespace latchkey {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr AttackPrices kPrices;

struct Victim {
  const char* name;
  const char* words;
  LaneSet lanes;
};

const std::array<Victim, 5>& Victims() {
  static constexpr std::array<Victim, 5> kVictims = {
      {{"known_device",
        "the owner on a known device, away from home",
        {Lane::kDevice, Lane::kChallenged, Lane::kStranger}},
       {"familiar_address",
        "the owner at a familiar address, on a new device",
        {Lane::kFamiliar, Lane::kChallenged, Lane::kStranger}},
       {"recovery",
        "the owner who has proved himself by mail",
        {Lane::kRecovered, Lane::kChallenged, Lane::kStranger}},
       {"new_device",
        "the owner on a new device somewhere new, who solves CAPTCHAs",
        {Lane::kChallenged, Lane::kStranger}},
       {"new_device_without_challenge", "the same on a path that shows no CAPTCHA", {Lane::kStranger}}}};
  return kVictims;
}

unsigned Mask(LaneSet lanes) { return lanes.bits(); }

// Lanes that strangers close by this limit: those of its counter that others feed, and in the unproven lanes
// everybody is a stranger to everybody.
LaneSet ClosedByStrangers(const Reach& reach) {
  LaneSet closed = RefusedFromElsewhere(reach);
  const bool strangers_feed = reach.fed_by.Contains(Lane::kStranger) ||
                              reach.fed_by.Contains(Lane::kChallenged) || !reach.of_account();
  if (!strangers_feed) return {};
  return closed;
}

// A limit at the victim's own address, or in his pair with it, takes a neighbour.
bool NeedsNeighbour(const Reach& reach) {
  return reach.Has(KeyKind::kSource) || reach.Has(KeyKind::kNetwork) || reach.Has(KeyKind::kAsn);
}

int64_t SourcesFor(const Reach& closing, const std::vector<Reach>& reaches, int64_t requests_per_day,
                   Duration token_life) {
  int64_t sources = closing.counter->count == CountKind::kDistinctSources ? closing.limit.above : 1;
  if (NeedsNeighbour(closing)) return sources;
  const Lane feeder = closing.fed_by.Contains(Lane::kStranger) ? Lane::kStranger : Lane::kChallenged;
  for (const Reach& reach : reaches) {
    const bool counts_each =
        reach.counter->count == CountKind::kAttempts || reach.counter->count == CountKind::kFailures;
    if (!counts_each || !reach.Has(KeyKind::kSource) || !reach.refuses.Contains(feeder) ||
        !reach.fed_by.Contains(feeder) || !reach.meets_all_passwords())
      continue;
    const auto each = Schedule(PacesOf(reach.limit, token_life, {kDay})).Within(kDay);
    if (each && *each > 0) sources = std::max(sources, (requests_per_day + *each - 1) / *each);
  }
  return sources;
}

std::optional<DenialCost> CostOf(const Reach& reach, const std::vector<Reach>& reaches, Duration token_life) {
  const Limit& limit = reach.limit;
  if (limit.above == 0) return std::nullopt;  // nobody has this lane anyway
  DenialCost cost{.requests = RequestsToFill(reach), .lasts = {}, .rules = {reach.name}};
  if (limit.then == Consequence::kThrottle) {
    // Whoever takes each turn as it comes leaves none.
    const Duration window = limit.ever() ? kDay : limit.window;
    cost.lasts = std::min(limit.wait.first, window);
    Schedule turns({{.above = limit.above, .window = limit.window, .wait = limit.wait}});
    cost.requests_per_day = std::max(cost.requests, turns.Within(kDay).value_or(cost.requests));
  } else if (!reach.ends_by_itself()) {
    cost.requests_per_day = cost.requests;
  } else {
    const Duration hold = limit.hold > token_life ? limit.hold : Duration::zero();
    cost.lasts = std::max({limit.window, limit.quiet, hold});
    cost.requests_per_day = cost.requests * ((kDay.count() + cost.lasts.count() - 1) / cost.lasts.count());
  }
  if (!reach.fed_by.Contains(Lane::kStranger)) cost.captchas_per_day = cost.requests_per_day;
  cost.sources = SourcesFor(reach, reaches, cost.requests_per_day, token_life);
  return cost;
}

void Price(DenialCost& cost) {
  const auto requests = static_cast<double>(cost.requests_per_day);
  const auto captchas = static_cast<double>(cost.captchas_per_day);
  cost.usd_per_day_low = requests * kPrices.request_low + captchas * kPrices.captcha_low;
  cost.usd_per_day_high = requests * kPrices.request_high + captchas * kPrices.captcha_high;
}

DenialCost Both(const DenialCost& a, const DenialCost& b) {
  DenialCost both{.requests = a.requests + b.requests,
                  .lasts = a.lasts == Duration::zero()   ? b.lasts
                           : b.lasts == Duration::zero() ? a.lasts
                                                         : std::min(a.lasts, b.lasts),
                  .requests_per_day = a.requests_per_day + b.requests_per_day,
                  .captchas_per_day = a.captchas_per_day + b.captchas_per_day,
                  .sources = std::max(a.sources, b.sources),
                  .rules = a.rules};
  both.rules.insert(both.rules.end(), b.rules.begin(), b.rules.end());
  Price(both);
  return both;
}

class Prices {
 public:
  Prices(const std::vector<Reach>& reaches, Duration token_life, bool neighbour) {
    for (const Reach& reach : reaches) {
      // Budgets of codes and rules for some paths, groups or tags do not refuse a password everywhere.
      if (!reach.meets_all_passwords() && reach.counter->count != CountKind::kDistinctPasswordTags) continue;
      if (NeedsNeighbour(reach) && !neighbour) continue;
      const unsigned closes = Mask(ClosedByStrangers(reach));
      std::optional<DenialCost> cost = closes == 0 ? std::nullopt : CostOf(reach, reaches, token_life);
      if (!cost) continue;
      Price(*cost);
      for (unsigned mask = closes; mask != 0; mask = (mask - 1) & closes) Offer(mask, *cost);
    }
    for (unsigned mask = 1; mask < cheapest_.size(); ++mask) {
      for (unsigned part = (mask - 1) & mask; part > 0; part = (part - 1) & mask) {
        if (cheapest_[part] && cheapest_[mask ^ part])
          Offer(mask, Both(*cheapest_[part], *cheapest_[mask ^ part]));
      }
    }
  }

  [[nodiscard]] std::optional<DenialCost> Of(LaneSet lanes) const { return cheapest_[Mask(lanes)]; }

 private:
  void Offer(unsigned mask, const DenialCost& cost) {
    auto& cheapest = cheapest_[mask];
    if (!cheapest || cost.usd_per_day_low < cheapest->usd_per_day_low) cheapest = cost;
  }

  std::array<std::optional<DenialCost>, 1U << static_cast<unsigned>(kLaneCount)> cheapest_;
};

}  // namespace

std::vector<Denial> BoundDenials(const std::vector<Reach>& reaches, Duration token_life) {
  const Prices anybody(reaches, token_life, /*neighbour=*/false);
  const Prices neighbour(reaches, token_life, /*neighbour=*/true);
  std::vector<Denial> denials;
  for (const Victim& victim : Victims()) {
    denials.push_back({.victim = victim.name,
                       .words = victim.words,
                       .lanes = victim.lanes,
                       .by_anybody = anybody.Of(victim.lanes),
                       .by_neighbour = neighbour.Of(victim.lanes)});
  }
  return denials;
}

}  // namespace latchkey
