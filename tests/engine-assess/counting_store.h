// How often a test asks its store.
#pragma once

#include "engine/store/forwarding_store.h"

namespace latchkey {

// Counts the charges that reach the store.
class CountingStore final : public ForwardingStore {
 public:
  CountingStore(SignalStore& store, int& charges) : ForwardingStore(store), charges_(charges) {}
  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    ++charges_;
    store_.Charge(keys, std::move(request), deadline, std::move(done));
  }

 private:
  int& charges_;
};

}  // namespace latchkey
