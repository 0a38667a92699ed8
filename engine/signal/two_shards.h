// A charge, and its settlement, where the account's shard and the network's lie on different servers, so that
// nothing is atomic over both: pure functions that plan the steps (docs/adr/0007-two-shards.md).
//
//   charge   network: says which lanes it admits; charges the lane that is expected, if that is among them
//            account: decides, with the lanes that the network refused closed, and charges
//            network: is corrected when another lane, or none, was charged there
//   settle   account: decides, exactly once
//            network: does what is due
//
// The account's shard alone decides, so its budgets are exact. A network may count what is under way, and
// what was lost on the way, too much, for as long as its windows see it; it misses a charge only when the
// message that corrects the lane is lost.
#pragma once

#include <optional>
#include <vector>

#include "engine/signal/shard.h"

namespace latchkey {

// How far the clocks of two shards may be apart: what a network was charged with is found again if it is no
// farther from the account's time than this.
inline constexpr Duration kShardClockTolerance{2000};

// How many lanes come before the first one with counters of the network.
[[nodiscard]] int LeadingLanes(const ChargeRequest& request);
// The request with the first `lanes` lanes only.
[[nodiscard]] ChargeRequest LeadingPart(const ChargeRequest& request, int lanes);

// From lane `from` on: the first whose proof the request itself brings, else the last one.
[[nodiscard]] int ExpectedLane(const ChargeRequest& request, int from);

// What the account's shard is asked.
[[nodiscard]] ChargeRequest AccountPart(const ChargeRequest& request, const std::vector<bool>& admits);

// What is wrong in the network's shard after the account's has answered.
[[nodiscard]] std::optional<NetworkChange> CorrectionOf(const ChargeRequest& request, int expected,
                                                        const NetworkAnswer& network,
                                                        const ChargeResult& account);
// As when nothing at all came of the attempt.
[[nodiscard]] std::optional<NetworkChange> WithdrawalOf(const ChargeRequest& request, int expected,
                                                        const NetworkAnswer& network);

// Both answers as one, by the account's clock, with the correction done.
[[nodiscard]] ChargeResult Joined(ChargeResult account, const NetworkAnswer& network,
                                  const std::optional<NetworkChange>& correction);

// What the account's shard is asked, and what is due in the network's after its answer.
[[nodiscard]] SettleRequest AccountPart(const SettleRequest& request);
[[nodiscard]] std::optional<NetworkChange> NetworkPart(const SettleRequest& request,
                                                       const SettleResult& account);

// The same record, as of a clock that is `by` later.
[[nodiscard]] Record Shifted(Record record, Duration by);

}  // namespace latchkey
