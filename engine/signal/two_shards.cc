#include "engine/signal/two_shards.h"

#include <algorithm>

namespace latchkey {
namespace {

using Kind = CounterEffect::Kind;

// Of the counters of a network none is of a slot.
std::vector<CounterEffect> EffectsOf(const LaneAsk& lane, Kind kind) {
  std::vector<CounterEffect> effects;
  for (const CounterAsk& ask : lane.network) {
    if (!ask.charged) continue;
    effects.push_back({.series = {.signature = ask.signature, .sub = ask.sub},
                       .member = ask.member,
                       .weight = ask.weight,
                       .kind = kind,
                       .windows = ask.windows,
                       .horizon = ask.horizon,
                       .members_max = ask.members_max});
  }
  return effects;
}

bool SameCharges(const std::vector<CounterEffect>& a, const std::vector<CounterEffect>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const CounterEffect& one, const CounterEffect& other) {
        return one.series == other.series && one.member == other.member && one.weight == other.weight;
      });
}

// From what was charged to what should be (an index; -1: nothing).
std::optional<NetworkChange> ChangeTo(const ChargeRequest& request, int expected,
                                      const NetworkAnswer& network, int counted) {
  NetworkChange change{.charged_at = network.now,
                       .effects = {},
                       .token_life = request.token_life,
                       .keep = request.keep,
                       .now = request.now};
  if (network.charged)
    change.effects = EffectsOf(request.lanes[static_cast<size_t>(expected)], Kind::kGiveBack);
  if (counted >= 0) {
    const std::vector<CounterEffect> due = EffectsOf(request.lanes[static_cast<size_t>(counted)], Kind::kAdd);
    if (SameCharges(change.effects, due)) return std::nullopt;
    change.effects.insert(change.effects.end(), due.begin(), due.end());
  }
  if (change.effects.empty()) return std::nullopt;
  return change;
}

}  // namespace

int LeadingLanes(const ChargeRequest& request) {
  const auto first = std::find_if(request.lanes.begin(), request.lanes.end(),
                                  [](const LaneAsk& lane) { return !lane.network.empty(); });
  return static_cast<int>(first - request.lanes.begin());
}

ChargeRequest LeadingPart(const ChargeRequest& request, int lanes) {
  ChargeRequest part = request;
  part.lanes.resize(static_cast<size_t>(lanes));
  return part;
}

int ExpectedLane(const ChargeRequest& request, int from) {
  const auto first = std::find_if(request.lanes.begin() + from, request.lanes.end(), [](const LaneAsk& lane) {
    return lane.lane == Lane::kDevice || lane.lane == Lane::kRecovered || lane.lane == Lane::kChallenged;
  });
  if (first != request.lanes.end()) return static_cast<int>(first - request.lanes.begin());
  return static_cast<int>(request.lanes.size()) - 1;
}

ChargeRequest AccountPart(const ChargeRequest& request, const std::vector<bool>& admits) {
  ChargeRequest part = request;
  for (size_t i = 0; i < part.lanes.size(); ++i) {
    part.lanes[i].network.clear();
    part.lanes[i].closed = part.lanes[i].closed || !admits[i];
  }
  return part;
}

std::optional<NetworkChange> CorrectionOf(const ChargeRequest& request, int expected,
                                          const NetworkAnswer& network, const ChargeResult& account) {
  return ChangeTo(request, expected, network, account.shared ? -1 : account.counted);
}

std::optional<NetworkChange> WithdrawalOf(const ChargeRequest& request, int expected,
                                          const NetworkAnswer& network) {
  return ChangeTo(request, expected, network, -1);
}

ChargeResult Joined(ChargeResult account, const NetworkAnswer& network,
                    const std::optional<NetworkChange>& correction) {
  Record record =
      correction ? ApplyNetworkChange(*correction, network.network, network.now) : network.network;
  account.records.network = Shifted(std::move(record), account.records.now - network.now);
  return account;
}

SettleRequest AccountPart(const SettleRequest& request) {
  SettleRequest part = request;
  part.network.clear();
  return part;
}

std::optional<NetworkChange> NetworkPart(const SettleRequest& request, const SettleResult& account) {
  NetworkChange change{.charged_at = account.charged_at,
                       .tolerance = request.now ? Duration::zero() : kShardClockTolerance,
                       .effects = {},
                       .token_life = request.token_life,
                       .keep = request.keep,
                       .now = request.now};
  const bool succeeded =
      request.settlement == Settlement::kSuccess && account.state == SettleResult::State::kSettled;
  for (const CounterEffect& effect : request.network) {
    if (effect.kind == Kind::kGiveBack ? account.given_back : succeeded) change.effects.push_back(effect);
  }
  if (change.effects.empty()) return std::nullopt;
  return change;
}

Record Shifted(Record record, Duration by) {
  if (by == Duration::zero()) return record;
  for (Series& series : record.series) {
    for (Entry& entry : series.entries) entry.at += by;
  }
  return record;
}

}  // namespace latchkey
