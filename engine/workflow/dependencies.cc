#include "engine/workflow/dependencies.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

constexpr size_t kAtATime = 500;

// Void loses most, then what nobody has declared, then what asks.
int Harm(OnLock on_lock) {
  switch (on_lock) {
    case OnLock::kVoid:
      return 3;
    case OnLock::kUndeclared:
      return 2;
    case OnLock::kAsk:
      return 1;
    case OnLock::kKeep:
      return 0;
  }
  return 0;
}

void Count(const Stake& stake, Dependency& dependency) {
  if (dependency.stakes == 0 || Harm(stake.on_lock) > Harm(dependency.on_lock))
    dependency.on_lock = stake.on_lock;
  ++dependency.stakes;
  dependency.end = std::max(dependency.end, stake.end);
  if (dependency.accounts.size() >= Dependency::kAccountsMax) return;
  std::string account = absl::StrCat(stake.tenant, "/", stake.account);
  if (std::find(dependency.accounts.begin(), dependency.accounts.end(), account) == dependency.accounts.end())
    dependency.accounts.push_back(std::move(account));
}

}  // namespace

std::vector<Dependency> DependenciesOf(const Stakes& stakes, std::string_view workflow,
                                       const std::optional<Key>& account, TimePoint now) {
  std::map<std::pair<std::string, std::string>, Dependency> found;
  Stake last;
  last.end = now;
  while (true) {
    const std::vector<Stake> some = stakes.After(last.end, last.id, kAtATime);
    if (some.empty()) break;
    for (const Stake& stake : some) {
      if (!workflow.empty() && stake.workflow != workflow) continue;
      if (account && stake.account_key != *account) continue;
      Dependency& dependency = found[{stake.workflow, stake.caller}];
      dependency.workflow = stake.workflow;
      dependency.caller = stake.caller;
      Count(stake, dependency);
    }
    last = some.back();
  }
  std::vector<Dependency> all;
  all.reserve(found.size());
  for (auto& [key, dependency] : found) all.push_back(std::move(dependency));
  return all;
}

}  // namespace latchkey
