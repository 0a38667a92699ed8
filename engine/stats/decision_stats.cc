#include "engine/stats/decision_stats.h"

#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

namespace latchkey {

DecisionStats::DecisionStats(Limits limits)
    : limits_(limits),
      accounts_(limits.top_max),
      sources_(limits.top_max),
      latest_(limits.latest_max),
      wakers_(limits.watchers_max) {}

void DecisionStats::AddDecision(const DecisionEvent& event, const DecisionNames& names, TimePoint now) {
  {
    const MutexLock lock(counts_mutex_);
    counts_.AddDecision(event.action, event.lane, event.rule, event.degraded, now);
    if (event.shadow) counts_.AddShadow(event.action, *event.shadow, now);
  }
  const bool refused = event.action != Action::kAllow;
  {
    std::string account;
    if (limits_.keep_names) account = absl::StrCat(ToAbsl(names.tenant), "/", ToAbsl(names.account));
    const MutexLock lock(top_mutex_);
    accounts_.AddAttempt(event.account, account, refused, now);
    sources_.AddAttempt(event.source, limits_.keep_names ? names.source : std::string_view(), refused, now);
  }
  {
    const MutexLock lock(latest_mutex_);
    latest_.Append(event);
  }
  wakers_.Wake();
}

void DecisionStats::AddOutcome(Outcome outcome, const Key& account, const Key& source, TimePoint now) {
  {
    const MutexLock lock(counts_mutex_);
    counts_.AddOutcome(outcome, now);
  }
  const bool failure = outcome == Outcome::kWrong || outcome == Outcome::kUnknownAccount ||
                       outcome == Outcome::kWrongSecondFactor;
  if (!failure) return;
  const MutexLock lock(top_mutex_);
  accounts_.AddFailure(account, now);
  sources_.AddFailure(source, now);
}

MinuteCounts::Totals DecisionStats::Sum(TimePoint from, TimePoint to) const {
  const MutexLock lock(counts_mutex_);
  return counts_.Sum(from, to);
}

std::vector<MinuteCounts::Totals> DecisionStats::Series(TimePoint from, TimePoint to, Duration step) const {
  LATCHKEY_CHECK(step >= std::chrono::minutes(1) && step % std::chrono::minutes(1) == Duration::zero());
  std::vector<MinuteCounts::Totals> series;
  const MutexLock lock(counts_mutex_);
  for (TimePoint at = from; at < to; at += step) series.push_back(counts_.Sum(at, std::min(at + step, to)));
  return series;
}

std::vector<TopHits::Entry> DecisionStats::TopAccounts(TimePoint now) {
  const MutexLock lock(top_mutex_);
  return accounts_.List(now);
}

std::vector<TopHits::Entry> DecisionStats::TopSources(TimePoint now) {
  const MutexLock lock(top_mutex_);
  return sources_.List(now);
}

DecisionStats::Page DecisionStats::ReadAfter(uint64_t position, size_t count_max) const {
  const MutexLock lock(latest_mutex_);
  return latest_.ReadAfter(position, count_max);
}

uint64_t DecisionStats::LastPosition() const {
  const MutexLock lock(latest_mutex_);
  return latest_.last();
}

}  // namespace latchkey
