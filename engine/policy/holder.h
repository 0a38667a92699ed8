// The policy in force: swapped whole, read by every attempt.
#pragma once

#include <memory>

#include "engine/base/mutex.h"
#include "engine/policy/policy.h"

namespace latchkey {

// Thread-safe. An attempt keeps the policy that it began with.
class PolicyHolder {
 public:
  explicit PolicyHolder(std::shared_ptr<const Policy> policy) : policy_(std::move(policy)) {}

  [[nodiscard]] std::shared_ptr<const Policy> Current() const {
    const MutexLock lock(mutex_);
    return policy_;
  }
  void Set(std::shared_ptr<const Policy> policy) {
    const MutexLock lock(mutex_);
    policy_.swap(policy);
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const Policy> policy_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
