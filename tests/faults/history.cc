#include "tests/faults/history.h"

#include <algorithm>
#include <set>

namespace latchkey::faults {
namespace {

bool IsCharge(const Act& act) {
  return act.who == Act::Who::kAttacker && act.end == Act::End::kAdmitted && !act.degraded;
}

struct Account {
  int asked = 0;         // Times, whatever the answer.
  int acknowledged = 0;  // Charges that the store has confirmed.
  int admitted = 0;      // Wrong passwords that were checked.
};

}  // namespace

Verdict Judge(const std::vector<Act>& acts, const std::map<std::string, int>& exhausted, const Bounds& bounds,
              double recovered_s) {
  Verdict verdict;
  std::map<std::string, Account> attacked;
  std::set<std::string> decisions;
  for (const Act& act : acts) {
    const bool admitted = act.end == Act::End::kAdmitted;
    if (act.end == Act::End::kUnanswered) ++verdict.unanswered;
    if (act.degraded) ++verdict.degraded;
    if (act.end != Act::End::kUnanswered && !decisions.insert(act.decision).second) ++verdict.crossed;
    if (act.who == Act::Who::kOwner) {
      if (!admitted) ++verdict.owners_refused;
      if (admitted && !act.device_lane) ++verdict.fallen;
      continue;
    }
    if (act.end == Act::End::kRefused) ++verdict.refused;
    if (act.device_lane) ++verdict.crossed;
    Account& account = attacked[act.account];
    account.asked += act.asks;
    account.admitted += admitted ? 1 : 0;
    account.acknowledged += IsCharge(act) ? 1 : 0;
  }
  for (const auto& [name, more] : exhausted) {
    const Account& account = attacked[name];
    // The store now counts the budget, of which so many are new.
    const int remembered = bounds.budget - more;
    verdict.lost_acknowledged += std::max(0, account.acknowledged - std::max(0, remembered));
    if (remembered > account.asked) verdict.crossed += remembered - account.asked;
    verdict.overshoot = std::max(verdict.overshoot, account.admitted + more - bounds.budget);
  }
  const auto at_most = [&](const char* what, int is, int bound) {
    if (is > bound)
      verdict.wrong.push_back(std::string(what) + " " + std::to_string(is) + " > " + std::to_string(bound));
  };
  at_most("acknowledged charges lost:", verdict.lost_acknowledged, bounds.lost);
  at_most("overshoot:", verdict.overshoot, bounds.overshoot);
  at_most("owners refused:", verdict.owners_refused, 0);
  at_most("answers of another request:", verdict.crossed, 0);
  if (recovered_s < 0 || recovered_s > bounds.recovery_s) verdict.wrong.emplace_back("not recovered in time");
  return verdict;
}

int AcknowledgedIn(const std::vector<Act>& acts, Moment moment, std::chrono::milliseconds span) {
  return static_cast<int>(std::count_if(acts.begin(), acts.end(), [&](const Act& act) {
    return IsCharge(act) && act.answered > moment - span && act.asked <= moment;
  }));
}

}  // namespace latchkey::faults
