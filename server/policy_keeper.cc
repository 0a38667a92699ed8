#include "server/policy_keeper.h"

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::shared_ptr<const Policy>> LoadPolicy(const PolicyRevision& revision,
                                                         const PolicyReader& reader) {
  PolicyReading reading = reader.Read(revision.text, revision.number);
  LATCHKEY_RETURN_IF_ERROR(StatusOf(reading, absl::StrCat("policy revision ", revision.number)));
  return std::move(reading.policy);
}

absl::StatusOr<PoliciesInForce> RepositoryPolicyKeeper::LoadAll() const {
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<PolicyRevision> revisions, repository_.List());
  const StandingRevisions standing = StandingOf(revisions);
  PoliciesInForce loaded{.enforced = holder_.Current()};
  if (standing.enforced != nullptr && standing.enforced->number != loaded.enforced->revision()) {
    LATCHKEY_ASSIGN_OR_RETURN(loaded.enforced, LoadPolicy(*standing.enforced, reader_));
  }
  if (standing.candidate != nullptr) {
    LATCHKEY_ASSIGN_OR_RETURN(loaded.candidate, LoadPolicy(*standing.candidate, reader_));
    loaded.rollout = standing.candidate->rollout;
  }
  return loaded;
}

absl::Status RepositoryPolicyKeeper::Reload() {
  const MutexLock lock(mutex_);
  LATCHKEY_ASSIGN_OR_RETURN(const PolicyRevision newest, repository_.Newest());
  if (newest.number == seen_) return absl::OkStatus();
  absl::StatusOr<PoliciesInForce> loaded = LoadAll();
  // A store that could not be asked is asked again; a policy that is wrong is said once.
  if (absl::IsUnavailable(loaded.status()) || absl::IsDeadlineExceeded(loaded.status()))
    return loaded.status();
  seen_ = newest.number;
  const absl::Status status = loaded.status();
  if (status.ok()) holder_.Set(*std::move(loaded));
  listener_(status, newest.number, newest.rollout.stage);
  return status;
}

}  // namespace latchkey
