// The map of what depends on logins: which workflows have something at stake for which accounts, and what
// each does when it hears that one is locked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workflow/stakes.h"

namespace latchkey {

// One workflow of one caller.
struct Dependency {
  static constexpr size_t kAccountsMax = 10;

  std::string workflow;
  std::string caller;
  OnLock on_lock = OnLock::kUndeclared;  // of its stakes, the one that loses most
  int64_t stakes = 0;
  std::vector<std::string> accounts;  // the first few, by "tenant/account"
  TimePoint end;                      // of the last stake
};

// By workflow, then by caller. An empty workflow is any. Holds the stakes' lock for short stretches only.
[[nodiscard]] std::vector<Dependency> DependenciesOf(const Stakes& stakes, std::string_view workflow,
                                                     const std::optional<Key>& account, TimePoint now);

}  // namespace latchkey
