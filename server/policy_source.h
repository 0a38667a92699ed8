// Where this service's policy comes from, by `policy.source`, and how changes of it are noticed.
#pragma once

#include <memory>
#include <optional>

#include "adapters/log/logging.h"
#include "adapters/system/file_watch.h"
#include "engine/policy/policy_reader.h"
#include "server/policy_keeper.h"
#include "server/repeating_thread.h"
#include "server/settings.h"
#include "server/store_source.h"

namespace latchkey {

class PolicySource {
 public:
  // Loads the newest revision; a policy that is wrong is a status that says everything wrong with it. What is
  // passed in outlives this.
  static absl::StatusOr<std::unique_ptr<PolicySource>> Open(const ServerSettings& settings,
                                                            StoreSource& stores, const PolicyReader& reader,
                                                            const Clock& clock, ServiceLog& log);

  [[nodiscard]] PolicyHolder& holder() { return *holder_; }
  [[nodiscard]] PolicyRepository& repository() { return *repository_; }
  [[nodiscard]] PolicyKeeper& keeper() { return *keeper_; }

 private:
  PolicySource() = default;

  std::unique_ptr<PolicyRepository> repository_;
  std::unique_ptr<PolicyHolder> holder_;
  std::unique_ptr<RepositoryPolicyKeeper> keeper_;
  std::unique_ptr<FileWatch> watch_;     // of a file
  std::optional<RepeatingThread> poll_;  // of a shared store
};

}  // namespace latchkey
