// Whether what asks a store for settlements waits for them before it ends.
#pragma once

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include "engine/store/forwarding_store.h"

namespace latchkey {

// Answers no settlement before it is told to.
class HoldingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override {
    held_ = [this, keys, request = std::move(request), deadline, done = std::move(done)] {
      store_.Settle(keys, request, deadline, done);
    };
  }
  [[nodiscard]] bool holds() const { return held_ != nullptr; }

  // Releases what is held while `end` runs, and says whether `end` waited for that.
  [[nodiscard]] bool IsAwaitedBy(const std::function<void()>& end) {
    std::latch ending(1);
    bool awaited = false;
    std::thread other([&] {
      ending.count_down();
      end();
      awaited = released_;
    });
    ending.wait();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    released_ = true;
    std::exchange(held_, nullptr)();
    other.join();
    return awaited;
  }

 private:
  std::function<void()> held_;
  std::atomic<bool> released_{false};
};

}  // namespace latchkey
