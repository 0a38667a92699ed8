#include "adapters/policy_file/file_policy_repository.h"

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::vector<PolicyRevision>> FilePolicyRepository::List() const {
  LATCHKEY_ASSIGN_OR_RETURN(std::string text, ReadPolicyText(path_));
  const MutexLock lock(mutex_);
  if (seen_.empty() || seen_.front().text != text) {
    PolicyRevision revision{.number = seen_.empty() ? 1 : seen_.front().number + 1, .text = std::move(text)};
    revision.author = "file";
    revision.reason = absl::StrCat("read from ", path_);
    revision.applied_at = clock_.Now();
    seen_.insert(seen_.begin(), std::move(revision));
    if (seen_.size() > kKept) seen_.pop_back();
  }
  return seen_;
}

absl::StatusOr<PolicyRevision> FilePolicyRepository::Newest() const {
  LATCHKEY_ASSIGN_OR_RETURN(std::vector<PolicyRevision> revisions, List());
  return std::move(revisions.front());
}

absl::StatusOr<PolicyRevision> FilePolicyRepository::Add(int64_t /*expected*/, PolicyRevision /*revision*/) {
  return absl::FailedPreconditionError(absl::StrCat("the policy is ruled by the file ", path_,
                                                    "; change the file, or set policy.source to store"));
}

}  // namespace latchkey
