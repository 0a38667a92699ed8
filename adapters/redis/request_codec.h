// What the scripts are sent and what they answer (scripts/charge.lua and settle.lua say the layout).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "adapters/redis/resp.h"
#include "engine/signal/shard.h"

namespace latchkey {

// The script takes the server's clock when request.now is absent.
[[nodiscard]] std::string EncodeChargeRequest(const ChargeRequest& request);
[[nodiscard]] std::string EncodeSettleRequest(const SettleRequest& request);

// INTERNAL for a reply that is not what the script answers; DATA_LOSS or UNIMPLEMENTED for records that
// cannot be read (record_codec.h).
[[nodiscard]] absl::StatusOr<ChargeResult> DecodeChargeReply(const Reply& reply);
[[nodiscard]] absl::StatusOr<SettleResult> DecodeSettleReply(const Reply& reply);

// The answer of read.lua for the account's and the network's key.
[[nodiscard]] absl::StatusOr<ShardRecords> DecodeReadReply(const Reply& reply);

}  // namespace latchkey
