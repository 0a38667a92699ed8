// What the engine does to the records of an attempt whose shards lie apart, without a store.
#pragma once

#include "engine/signal/two_shards.h"

namespace latchkey {

// What a store does where the shards are apart (two_shards.h), and what is left in it.
struct ApartRecords {
  ChargeResult Charge(const ChargeRequest& request, TimePoint now) {
    const int lanes = static_cast<int>(request.lanes.size());
    const int leading = LeadingLanes(request);
    if (leading == lanes) return ChargeAccount(request, now);
    int expected = ExpectedLane(request, 0);
    if (!request.dry_run && !request.forced && expected < leading) {
      ChargeResult first = ChargeAccount(LeadingPart(request, leading), now);
      if (first.admitted >= 0) return first;
      expected = ExpectedLane(request, leading);
    }
    const NetworkAnswer answer = ApplyNetworkCharge(request, expected, network, now);
    if (answer.charged) network = answer.network;
    ChargeResult result = ChargeAccount(AccountPart(request, answer.admits), now);
    const auto correction = CorrectionOf(request, expected, answer, result);
    if (correction) network = ApplyNetworkChange(*correction, network, now);
    corrections += correction ? 1 : 0;
    return Joined(std::move(result), answer, correction);
  }
  SettleResult Settle(const SettleRequest& request, TimePoint now) {
    SettleResult result = ApplySettle(AccountPart(request), {.now = now, .account = account, .network = {}});
    account = result.records.account;
    if (const auto change = NetworkPart(request, result)) {
      network = ApplyNetworkChange(*change, network, now);
      result.records.network = network;
    }
    return result;
  }
  Record account;
  Record network;
  int corrections = 0;

 private:
  ChargeResult ChargeAccount(const ChargeRequest& request, TimePoint now) {
    ChargeResult result = ApplyCharge(request, {.now = now, .account = account, .network = {}});
    if (result.counted >= 0) account = result.records.account;
    return result;
  }
};

}  // namespace latchkey
