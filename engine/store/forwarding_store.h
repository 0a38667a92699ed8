// What all decorators of a store begin with: every call goes to the store behind. Each overrides what it is
// for.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "engine/store/signal_store.h"

namespace latchkey {

// As thread-safe as the store behind, which outlives it and its pending calls.
class ForwardingStore : public SignalStore {
 public:
  explicit ForwardingStore(SignalStore& store) : store_(store) {}

  void Expect(const ShardKeys& keys) override { store_.Expect(keys); }
  void ExpectNow(const ShardKeys& keys) override { store_.ExpectNow(keys); }
  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    store_.Charge(keys, std::move(request), deadline, std::move(done));
  }
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override {
    store_.Settle(keys, std::move(request), deadline, std::move(done));
  }
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override {
    store_.Update(key, std::move(change), keep, deadline, std::move(done));
  }
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override {
    store_.Read(keys, deadline, std::move(done));
  }
  [[nodiscard]] std::string_view name() const override { return store_.name(); }

 protected:
  SignalStore& store_;  // NOLINT(misc-non-private-member-variables-in-classes): behind every decorator
};

}  // namespace latchkey
