// The port behind which charges are kept. One contract (tests/contract) holds for all stores.
//
// All calls are asynchronous and never block: `done` runs once, on the caller's thread or on one of the
// store's own, and must be fast. Thread-safe. A status means that the store could not do its work:
// kUnavailable and kDeadlineExceeded may heal with time.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/signal/shard.h"
#include "engine/store/record_key.h"

namespace latchkey {

// The two shards an attempt concerns.
struct ShardKeys {
  Key account;
  Key network;
};

class SignalStore {
 public:
  virtual ~SignalStore() = default;

  // Says that a call for these keys is about to come, so that what it will look at can be loaded meanwhile.
  // Nothing depends on it.
  virtual void Expect(const ShardKeys& /*keys*/) {}
  // Says that this call comes next, some hundred nanoseconds after Expect: where things are is there by now,
  // and they themselves can be loaded.
  virtual void ExpectNow(const ShardKeys& /*keys*/) {}

  // Admits and charges an attempt, atomically over both shards (shard.h says how). `deadline` is how long the
  // caller can wait.
  virtual void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
                      std::function<void(absl::StatusOr<ChargeResult>)> done) = 0;

  // Settles an attempt, exactly once.
  virtual void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
                      std::function<void(absl::StatusOr<SettleResult>)> done) = 0;

  // Applies `change` to a record: what owners and operators do to an account's, and what is put back after a
  // loss. It may be called again when the record changed meanwhile, so it must be pure. Answers the record as
  // written.
  using Change = std::function<void(Record& record, TimePoint now)>;
  virtual void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
                      std::function<void(absl::StatusOr<Record>)> done) = 0;

  // Reads both records, changing nothing.
  virtual void Read(const ShardKeys& keys, Duration deadline,
                    std::function<void(absl::StatusOr<ShardRecords>)> done) = 0;

  // "memory", "redis": for logs and health.
  [[nodiscard]] virtual std::string_view name() const = 0;
};

}  // namespace latchkey
