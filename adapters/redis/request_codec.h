// What the scripts are sent and what they answer (scripts/charge.lua and settle.lua say the layout).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "adapters/redis/resp.h"
#include "engine/signal/shard.h"

namespace latchkey {

// The script takes the server's clock when request.now is absent. Written into `memory`, which is used again;
// the answer is a part of it.
[[nodiscard]] std::string_view EncodeChargeRequest(const ChargeRequest& request, std::string& memory);
[[nodiscard]] std::string_view EncodeSettleRequest(const SettleRequest& request, std::string& memory);
[[nodiscard]] inline std::string EncodeChargeRequest(const ChargeRequest& request) {
  std::string memory;
  return std::string(EncodeChargeRequest(request, memory));
}
[[nodiscard]] inline std::string EncodeSettleRequest(const SettleRequest& request) {
  std::string memory;
  return std::string(EncodeSettleRequest(request, memory));
}

// INTERNAL for a reply that is not what the script answers; DATA_LOSS or UNIMPLEMENTED for records that
// cannot be read (record_codec.h).
[[nodiscard]] absl::StatusOr<ChargeResult> DecodeChargeReply(const Reply& reply);
[[nodiscard]] absl::StatusOr<SettleResult> DecodeSettleReply(const Reply& reply);

// For a network's shard that lies apart from the account's (engine/signal/two_shards.h).
[[nodiscard]] std::string EncodeNetworkCharge(const ChargeRequest& request, int expected);
[[nodiscard]] std::string EncodeNetworkChange(const NetworkChange& change);
[[nodiscard]] absl::StatusOr<NetworkAnswer> DecodeNetworkChargeReply(const Reply& reply);
[[nodiscard]] absl::StatusOr<Record> DecodeNetworkChangeReply(const Reply& reply);

// One shard's record and clock: the answer of read.lua for one key.
struct ShardRead {
  TimePoint now;
  Record record;
};
[[nodiscard]] absl::StatusOr<ShardRead> DecodeShardReply(const Reply& reply);

// The answer of read.lua for the account's and the network's key.
[[nodiscard]] absl::StatusOr<ShardRecords> DecodeReadReply(const Reply& reply);

}  // namespace latchkey
