// Policy revisions in a YAML file of this node: `policy.source: store` with the embedded store.
#pragma once

#include "engine/base/mutex.h"
#include "engine/policy/repository.h"

namespace latchkey {

// The file is rewritten whole and put in place by rename: a crash leaves the old one or the new one.
// Thread-safe.
class RevisionFile final : public PolicyRepository {
 public:
  static constexpr size_t kKept = 200;

  // Reads the file; without one revision 1 is `seed`. A file that is no list of revisions is refused and
  // kept.
  static absl::StatusOr<std::unique_ptr<RevisionFile>> Open(std::string path, PolicyRevision seed);

  [[nodiscard]] bool writable() const override { return true; }
  [[nodiscard]] absl::StatusOr<PolicyRevision> Newest() const override;
  [[nodiscard]] absl::StatusOr<std::vector<PolicyRevision>> List() const override;
  absl::StatusOr<PolicyRevision> Add(int64_t expected, PolicyRevision revision) override;

 private:
  explicit RevisionFile(std::string path) : path_(std::move(path)) {}
  absl::Status Write(const std::vector<PolicyRevision>& revisions) const;

  std::string path_;
  mutable Mutex mutex_;
  std::vector<PolicyRevision> revisions_ ABSL_GUARDED_BY(mutex_);  // newest first
};

}  // namespace latchkey
