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

absl::Status RepositoryPolicyKeeper::Reload() {
  const MutexLock lock(mutex_);
  LATCHKEY_ASSIGN_OR_RETURN(const PolicyRevision newest, repository_.Newest());
  if (newest.number == seen_) return absl::OkStatus();
  seen_ = newest.number;
  absl::StatusOr<std::shared_ptr<const Policy>> policy = LoadPolicy(newest, reader_);
  if (policy.ok()) holder_.Set(*policy);
  listener_(policy.status(), newest.number);
  return policy.status();
}

}  // namespace latchkey
