#include "server/policy_keeper.h"

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::shared_ptr<const Policy>> LoadNewest(const PolicyRepository& repository,
                                                         const PolicyReader& reader) {
  LATCHKEY_ASSIGN_OR_RETURN(std::vector<PolicyRevision> revisions, repository.List());
  const PolicyRevision& newest = revisions.front();
  PolicyReading reading = reader.Read(newest.text, newest.number);
  LATCHKEY_RETURN_IF_ERROR(StatusOf(reading, absl::StrCat("policy revision ", newest.number)));
  return reading.policy;
}

absl::Status RepositoryPolicyKeeper::Reload() {
  const MutexLock lock(mutex_);
  absl::StatusOr<std::shared_ptr<const Policy>> policy = LoadNewest(repository_, reader_);
  const int64_t in_force = holder_.Current()->revision();
  if (policy.ok() && (*policy)->revision() == in_force) return absl::OkStatus();
  if (policy.ok()) holder_.Set(*policy);
  listener_(policy.status(), policy.ok() ? (*policy)->revision() : in_force);
  return policy.status();
}

}  // namespace latchkey
