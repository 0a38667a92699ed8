#include "engine/workflow/stakes.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

std::string AsHex(uint64_t number) { return absl::StrCat(absl::Hex(number, absl::kZeroPad16)); }

std::string PageToken(TimePoint end, const std::string& id) {
  return absl::StrCat(end.time_since_epoch().count(), "-", id);
}

bool ParsePageToken(std::string_view token, std::pair<TimePoint, std::string>& after) {
  const size_t dash = token.find('-');
  int64_t end_ms = 0;
  if (dash == std::string_view::npos || !absl::SimpleAtoi(ToAbsl(token.substr(0, dash)), &end_ms))
    return false;
  after = {TimePoint(Duration(end_ms)), std::string(token.substr(dash + 1))};
  return true;
}

std::string WorkflowOf(const Stake& stake) {
  return KeyMaterial(KeyDomain::kRequest, {stake.caller, stake.tenant, stake.workflow});
}

}  // namespace

absl::Status Stakes::CheckEnd(TimePoint end, TimePoint now) const {
  if (end <= now) return absl::InvalidArgumentError("end_time: must be in the future");
  if (end - now > limits_.length_max) {
    return absl::InvalidArgumentError(
        absl::StrCat("end_time: must be at most ", limits_.length_max.count() / 86'400'000, " days ahead"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Stake> Stakes::Register(Stake stake, TimePoint now) {
  const MutexLock lock(mutex_);
  absl::StatusOr<Stake> planned = PlanLocked(std::move(stake), 0, now);
  if (planned.ok()) Insert(*planned);
  return planned;
}

absl::StatusOr<Stake> Stakes::Plan(Stake stake, size_t coming, TimePoint now) {
  const MutexLock lock(mutex_);
  return PlanLocked(std::move(stake), coming, now);
}

absl::StatusOr<Stake> Stakes::PlanLocked(Stake stake, size_t coming, TimePoint now) {
  if (absl::Status status = CheckEnd(stake.end, now); !status.ok()) return status;
  ForgetEnded(now);
  if (const auto known = id_of_identity_.find(Identity(stake)); known != id_of_identity_.end()) {
    Stake present = by_id_.at(known->second);
    present.end = std::max(present.end, stake.end);
    if (stake.on_lock != OnLock::kUndeclared) present.on_lock = stake.on_lock;
    return present;
  }
  const auto caller = of_caller_.find(stake.caller);
  const auto account = of_account_.find(stake.account_key);
  if ((caller == of_caller_.end() ? 0 : caller->second.size()) + coming >= limits_.per_caller_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this caller has ", limits_.per_caller_max, " stakes already"));
  }
  if (account != of_account_.end() && account->second.size() >= limits_.per_account_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this account has ", limits_.per_account_max, " stakes already"));
  }
  if (by_id_.size() >= limits_.total_max) {
    return absl::ResourceExhaustedError(absl::StrCat("there are ", limits_.total_max, " stakes already"));
  }
  stake.id = AsHex(random_.Next());
  stake.created = now;
  return stake;
}

void Stakes::Put(const Stake& stake) {
  const MutexLock lock(mutex_);
  Insert(stake);
}

void Stakes::Insert(const Stake& stake) {
  if (by_id_.contains(stake.id)) Forget(stake.id);
  std::string identity = Identity(stake);
  if (const auto other = id_of_identity_.find(identity); other != id_of_identity_.end())
    Forget(std::string(other->second));
  id_of_identity_.emplace(std::move(identity), stake.id);
  of_account_[stake.account_key].push_back(stake.id);
  of_caller_[stake.caller].emplace(stake.end, stake.id);
  ++in_workflow_[WorkflowOf(stake)];
  ends_.emplace(stake.end, stake.id);
  by_id_.emplace(stake.id, stake);
  Ends& ends = latest_ends_[PartOf(stake.account_key)];
  const MutexLock lock(ends.mutex);
  TimePoint& latest = ends.latest.try_emplace(stake.account_key, stake.end).first->second;
  latest = std::max(latest, stake.end);
}

void Stakes::Drop(const std::string& id) {
  const MutexLock lock(mutex_);
  if (by_id_.contains(id)) Forget(id);
}

bool Stakes::Knows(const std::string& id) const {
  const MutexLock lock(mutex_);
  return by_id_.contains(id);
}

void Stakes::Clear() {
  const MutexLock lock(mutex_);
  by_id_.clear();
  id_of_identity_.clear();
  of_account_.clear();
  of_caller_.clear();
  in_workflow_.clear();
  ends_.clear();
  for (Ends& ends : latest_ends_) {
    const MutexLock part(ends.mutex);
    ends.latest.clear();
  }
}

void Stakes::Advance(TimePoint now) {
  const MutexLock lock(mutex_);
  ForgetEnded(now);
}

std::vector<Stake> Stakes::After(TimePoint end, const std::string& id, size_t count_max) const {
  const MutexLock lock(mutex_);
  std::vector<Stake> stakes;
  for (auto at = ends_.upper_bound({end, id}); at != ends_.end() && stakes.size() < count_max; ++at)
    stakes.push_back(by_id_.at(at->second));
  return stakes;
}

absl::StatusOr<Stake> Stakes::Find(std::string_view caller, std::string_view id, TimePoint now) {
  const MutexLock lock(mutex_);
  ForgetEnded(now);
  const auto found = by_id_.find(std::string(id));
  if (found == by_id_.end() || found->second.caller != caller)
    return absl::NotFoundError("stake_id: no such stake of this caller; it may have ended");
  return found->second;
}

absl::StatusOr<Stake> Stakes::PlanLonger(std::string_view caller, std::string_view id, TimePoint end,
                                         TimePoint now) {
  if (absl::Status status = CheckEnd(end, now); !status.ok()) return status;
  absl::StatusOr<Stake> stake = Find(caller, id, now);
  if (stake.ok()) stake->end = std::max(stake->end, end);
  return stake;
}

absl::StatusOr<Stake> Stakes::Extend(std::string_view caller, std::string_view id, TimePoint end,
                                     TimePoint now) {
  absl::StatusOr<Stake> longer = PlanLonger(caller, id, end, now);
  if (longer.ok()) Put(*longer);
  return longer;
}

bool Stakes::Release(std::string_view caller, std::string_view id, TimePoint now) {
  const MutexLock lock(mutex_);
  ForgetEnded(now);
  const auto found = by_id_.find(std::string(id));
  if (found == by_id_.end() || found->second.caller != caller) return false;
  Forget(std::string(id));
  return true;
}

absl::StatusOr<Stakes::Page> Stakes::List(std::string_view caller, std::string_view workflow,
                                          size_t page_size, std::string_view page_token, TimePoint now) {
  Order after{TimePoint::min(), ""};
  if (!page_token.empty() && !ParsePageToken(page_token, after)) {
    return absl::InvalidArgumentError("page_token: not one that a list has answered");
  }
  const MutexLock lock(mutex_);
  ForgetEnded(now);
  Page page;
  const auto mine = of_caller_.find(std::string(caller));
  if (mine == of_caller_.end()) return page;
  for (auto order = mine->second.upper_bound(after); order != mine->second.end(); ++order) {
    const Stake& stake = by_id_.at(order->second);
    if (!workflow.empty() && stake.workflow != workflow) continue;
    if (page.stakes.size() == page_size) {
      page.next_page_token = PageToken(page.stakes.back().end, page.stakes.back().id);
      break;
    }
    page.stakes.push_back(stake);
  }
  return page;
}

bool Stakes::Any(const Key& account, TimePoint now) const {
  const Ends& ends = latest_ends_[PartOf(account)];
  const MutexLock lock(ends.mutex);
  const auto found = ends.latest.find(account);
  return found != ends.latest.end() && found->second > now;
}

std::vector<Stake> Stakes::Of(const Key& account, TimePoint now) const {
  const MutexLock lock(mutex_);
  std::vector<const Stake*> live;
  if (const auto found = of_account_.find(account); found != of_account_.end()) {
    for (const std::string& id : found->second) {
      const Stake& stake = by_id_.at(id);
      if (stake.end > now) live.push_back(&stake);
    }
  }
  std::sort(live.begin(), live.end(),
            [](const Stake* a, const Stake* b) { return std::tie(a->end, a->id) < std::tie(b->end, b->id); });
  if (live.size() > kStakesMax) live.resize(kStakesMax);
  std::vector<Stake> stakes;
  stakes.reserve(live.size());
  for (const Stake* stake : live) stakes.push_back(*stake);
  return stakes;
}

int64_t Stakes::CountBeside(const Stake& stake) const {
  const MutexLock lock(mutex_);
  const auto found = in_workflow_.find(WorkflowOf(stake));
  return found == in_workflow_.end() ? 0 : found->second;
}

bool Stakes::Has(std::string_view caller, std::string_view workflow, const Key& account, TimePoint now) {
  const MutexLock lock(mutex_);
  ForgetEnded(now);
  const auto found = of_account_.find(account);
  if (found == of_account_.end()) return false;
  for (const std::string& id : found->second) {
    const Stake& stake = by_id_.at(id);
    if (stake.caller == caller && (workflow.empty() || stake.workflow == workflow)) return true;
  }
  return false;
}

void Stakes::ForgetEnded(TimePoint now) {
  while (!ends_.empty() && ends_.begin()->first <= now) Forget(std::string(ends_.begin()->second));
}

void Stakes::Forget(const std::string& id) {
  const auto found = by_id_.find(id);
  const Stake stake = std::move(found->second);
  by_id_.erase(found);
  id_of_identity_.erase(Identity(stake));
  const auto workflow = in_workflow_.find(WorkflowOf(stake));
  if (--workflow->second == 0) in_workflow_.erase(workflow);
  ends_.erase({stake.end, stake.id});
  const auto caller = of_caller_.find(stake.caller);
  caller->second.erase({stake.end, stake.id});
  if (caller->second.empty()) of_caller_.erase(caller);
  const auto account = of_account_.find(stake.account_key);
  std::erase(account->second, stake.id);
  const bool last = account->second.empty();
  Ends& ends = latest_ends_[PartOf(stake.account_key)];
  const MutexLock lock(ends.mutex);
  const auto latest = ends.latest.find(stake.account_key);
  if (last) {
    ends.latest.erase(latest);
    of_account_.erase(account);
  } else if (latest->second <= stake.end) {
    latest->second = TimePoint::min();
    for (const std::string& other : account->second)
      latest->second = std::max(latest->second, by_id_.at(other).end);
  }
}

std::string Stakes::Identity(const Stake& stake) {
  return KeyMaterial(KeyDomain::kRequest,
                     {stake.caller, stake.account_key.Hex(), stake.workflow, stake.name});
}

}  // namespace latchkey
