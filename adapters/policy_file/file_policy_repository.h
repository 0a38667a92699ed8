// A policy file as the repository: the file rules, so nothing can be added (`policy.source: file`).
#pragma once

#include "engine/base/mutex.h"
#include "engine/policy/repository.h"

namespace latchkey {

// Each text that was found different from the one before is a revision, numbered since this node started.
// Thread-safe.
class FilePolicyRepository final : public PolicyRepository {
 public:
  static constexpr size_t kKept = 20;

  // `clock` must outlive this.
  FilePolicyRepository(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}

  [[nodiscard]] bool writable() const override { return false; }
  // Reads the file.
  [[nodiscard]] absl::StatusOr<PolicyRevision> Newest() const override;
  [[nodiscard]] absl::StatusOr<std::vector<PolicyRevision>> List() const override;
  absl::StatusOr<PolicyRevision> Add(int64_t expected, PolicyRevision revision) override;

 private:
  std::string path_;
  const Clock& clock_;
  mutable Mutex mutex_;
  mutable std::vector<PolicyRevision> seen_ ABSL_GUARDED_BY(mutex_);  // newest first
};

}  // namespace latchkey
