// Charge, Settle and Read where the account's shard and the network's are on different servers: the steps of
// engine/signal/two_shards.h, sent one after the other.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/redis/redis_client.h"
#include "adapters/redis/scripts.h"
#include "engine/store/record_memory.h"
#include "engine/store/signal_store.h"

namespace latchkey {

// Who is asked, for what. Everything outlives the answer.
struct TwoStepCall {
  RedisClient& client;
  const Scripts& scripts;
  std::string account;  // Keys in Redis.
  std::string network;
  ShardKeys keys;
  RecordMemory* memory;  // Is told of every record that an answer of a charge or a settlement held; or null.
  Duration deadline;     // For all steps together; each keeps to the client's command_timeout.
};

// `done` runs once, after the last step. A step that fails after the account's shard has decided costs no
// answer: the network is then counted too much, or misses a charge (two_shards.h).
void ChargeInTwoSteps(TwoStepCall call, std::shared_ptr<const ChargeRequest> request,
                      std::function<void(absl::StatusOr<ChargeResult>)> done);
// The network's record is in the answer if anything was due there.
void SettleInTwoSteps(TwoStepCall call, std::shared_ptr<const SettleRequest> request,
                      std::function<void(absl::StatusOr<SettleResult>)> done);
// Both at once. Times are the account's shard's, unless `as_written`: then they are as they stand.
void ReadInTwoSteps(const TwoStepCall& call, bool as_written,
                    std::function<void(absl::StatusOr<ShardRecords>)> done);

}  // namespace latchkey
