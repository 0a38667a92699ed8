// Charges in a Redis that any number of nodes share. On one server every call is one script, atomic over both
// shards; on a Cluster it is one for each shard (two_step.h). Either way one script decides on an account, so
// no two nodes ever admit the same place of its budget.
//
// On one server Charge, Settle and Read are one command each; Update is two, and one more for each time that
// somebody else changed the record meanwhile (at most kUpdateTries).
#pragma once

#include "adapters/redis/keys.h"
#include "adapters/redis/redis_client.h"
#include "adapters/redis/scripts.h"
#include "adapters/redis/two_step.h"
#include "engine/base/clock.h"
#include "engine/store/record_memory.h"
#include "engine/store/signal_store.h"

namespace latchkey {

class RedisSignalStore final : public SignalStore {
 public:
  static constexpr int kUpdateTries = 16;

  // `client` outlives every call. `clock` takes the place of the server's in requests without a time: for
  // tests; null in production. `memory`, if any, is told of every record that an answer held, and outlives
  // the client too.
  RedisSignalStore(RedisClient& client, KeyNames keys, const Clock* clock = nullptr,
                   RecordMemory* memory = nullptr);

  // A command is given up after the client's command_timeout, or after `deadline` if that is shorter.
  // kUnavailable and kDeadlineExceeded: it may have been executed, unless the text says "not sent".
  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;
  // Here `deadline` is for all tries together.
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override;
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override;

  [[nodiscard]] std::string_view name() const override { return "redis"; }

 private:
  [[nodiscard]] TwoStepCall CallFor(const ShardKeys& keys, Duration deadline) const;

  RedisClient& client_;
  const KeyNames keys_;
  const Clock* const clock_;
  RecordMemory* const memory_;
  const Scripts& scripts_;
};

}  // namespace latchkey
