// Keeps the newest policy revision in force: reads, checks, swaps; a bad one leaves the old one in force.
#pragma once

#include <functional>

#include "engine/base/mutex.h"
#include "engine/policy/holder.h"
#include "engine/policy/policy_reader.h"
#include "engine/policy/repository.h"

namespace latchkey {

// The revision as a policy; kInvalidArgument with one "line:column: …" line a mistake.
[[nodiscard]] absl::StatusOr<std::shared_ptr<const Policy>> LoadPolicy(const PolicyRevision& revision,
                                                                       const PolicyReader& reader);

// Thread-safe. Its parts must outlive it.
class RepositoryPolicyKeeper final : public PolicyKeeper {
 public:
  // Hears of every revision that was tried: OK, or what was wrong with it.
  using Listener = std::function<void(const absl::Status& status, int64_t revision, Stage stage)>;

  // `holder` holds the revision of `repository` that is in force, as loaded at start; one that is on its way
  // comes with the first Reload.
  RepositoryPolicyKeeper(const PolicyRepository& repository, const PolicyReader& reader, PolicyHolder& holder,
                         Listener listener)
      : repository_(repository),
        reader_(reader),
        holder_(holder),
        listener_(std::move(listener)),
        seen_(holder.Current()->revision()) {}

  absl::Status Reload() override;

 private:
  [[nodiscard]] absl::StatusOr<PoliciesInForce> LoadAll() const;

  const PolicyRepository& repository_;
  const PolicyReader& reader_;
  PolicyHolder& holder_;
  Listener listener_;
  Mutex mutex_;
  int64_t seen_ ABSL_GUARDED_BY(mutex_);  // the revision that was tried last
};

}  // namespace latchkey
