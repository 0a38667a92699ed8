// A store that can be shut: what is asked of it then fails at once and is neither read nor written.
//
// Shut until somebody has seen that the store is of this engine's environment, and again when it is not.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "engine/store/forwarding_store.h"

namespace latchkey {

// Thread-safe.
class GatedStore final : public ForwardingStore {
 public:
  explicit GatedStore(SignalStore& store) : ForwardingStore(store) {}

  void SetOpen(bool open) { open_.store(open, std::memory_order_relaxed); }
  [[nodiscard]] bool open() const { return open_.load(std::memory_order_relaxed); }

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    if (!open()) return done(Shut());
    store_.Charge(keys, std::move(request), deadline, std::move(done));
  }
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override {
    if (!open()) return done(Shut());
    store_.Settle(keys, std::move(request), deadline, std::move(done));
  }
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override {
    if (!open()) return done(Shut());
    store_.Update(key, std::move(change), keep, deadline, std::move(done));
  }
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override {
    if (!open()) return done(Shut());
    store_.Read(keys, deadline, std::move(done));
  }

 private:
  static absl::Status Shut() {
    return absl::UnavailableError("the store is not known to belong to this environment");
  }

  std::atomic<bool> open_{false};
};

}  // namespace latchkey
