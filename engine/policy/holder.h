// The policy in force, and the one that is on its way: swapped together, read by every attempt.
#pragma once

#include <atomic>
#include <memory>

#include "engine/base/published.h"
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
  explicit PolicyHolder(std::shared_ptr<const Policy> policy)
      : in_force_(std::make_shared<const PoliciesInForce>(PoliciesInForce{.enforced = std::move(policy)})) {}

  // What decides about everybody who is not in a share.
  [[nodiscard]] std::shared_ptr<const Policy> Current() const {
    auto all = in_force_.Get();
    const Policy* policy = all->enforced.get();
    return {std::move(all), policy};
  }
  // What decides about this account.
  [[nodiscard]] std::shared_ptr<const Policy> For(const Key& account) const {
    auto all = in_force_.Get();
    const bool staged = all->candidate != nullptr && all->rollout.stage == Stage::kShare &&
                        InStage(account, all->rollout.share_millionths);
    const Policy* policy = staged ? all->candidate.get() : all->enforced.get();
    return {std::move(all), policy};
  }
  // What is shadowed, or null.
  [[nodiscard]] std::shared_ptr<const Policy> Shadow() const {
    if (!shadowing_.load(std::memory_order_relaxed)) return nullptr;
    auto all = in_force_.Get();
    return all->rollout.stage == Stage::kShadow ? all->candidate : nullptr;
  }
  [[nodiscard]] PoliciesInForce All() const { return *in_force_.Get(); }

  void Set(std::shared_ptr<const Policy> policy) { Set(PoliciesInForce{.enforced = std::move(policy)}); }
  void Set(PoliciesInForce in_force) {
    shadowing_ = in_force.candidate != nullptr && in_force.rollout.stage == Stage::kShadow;
    in_force_.Set(std::make_shared<const PoliciesInForce>(std::move(in_force)));
  }

 private:
  Published<PoliciesInForce> in_force_;
  std::atomic<bool> shadowing_{false};  // so that nobody looks to learn that nothing is
};

}  // namespace latchkey
