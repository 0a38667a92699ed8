// The policy in force, and the one that is on its way: swapped together, read by every attempt.
#pragma once

#include <atomic>
#include <memory>

#include "engine/base/mutex.h"
#include "engine/policy/policy.h"
#include "engine/policy/rollout.h"

namespace latchkey {

struct PoliciesInForce {
  std::shared_ptr<const Policy> enforced;
  std::shared_ptr<const Policy> candidate;  // null: none is on its way
  Rollout rollout;                          // of the candidate
};

// Thread-safe. An attempt keeps the policy that it began with.
class PolicyHolder {
 public:
  explicit PolicyHolder(std::shared_ptr<const Policy> policy) : in_force_{.enforced = std::move(policy)} {}

  // What decides about everybody who is not in a share.
  [[nodiscard]] std::shared_ptr<const Policy> Current() const {
    const MutexLock lock(mutex_);
    return in_force_.enforced;
  }
  // What decides about this account.
  [[nodiscard]] std::shared_ptr<const Policy> For(const Key& account) const {
    const MutexLock lock(mutex_);
    const bool staged = in_force_.candidate != nullptr && in_force_.rollout.stage == Stage::kShare &&
                        InStage(account, in_force_.rollout.share_millionths);
    return staged ? in_force_.candidate : in_force_.enforced;
  }
  // What is shadowed, or null.
  [[nodiscard]] std::shared_ptr<const Policy> Shadow() const {
    if (!shadowing_.load(std::memory_order_relaxed)) return nullptr;
    const MutexLock lock(mutex_);
    return in_force_.rollout.stage == Stage::kShadow ? in_force_.candidate : nullptr;
  }
  [[nodiscard]] PoliciesInForce All() const {
    const MutexLock lock(mutex_);
    return in_force_;
  }

  void Set(std::shared_ptr<const Policy> policy) { Set(PoliciesInForce{.enforced = std::move(policy)}); }
  void Set(PoliciesInForce in_force) {
    const MutexLock lock(mutex_);
    std::swap(in_force_, in_force);
    shadowing_ = in_force_.candidate != nullptr && in_force_.rollout.stage == Stage::kShadow;
  }

 private:
  mutable Mutex mutex_;
  PoliciesInForce in_force_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> shadowing_{false};  // so that nobody waits to learn that nothing is
};

}  // namespace latchkey
