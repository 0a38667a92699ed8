// Statistics of decisions: counts by minute, who is attacked and by whom, and the latest decisions for those
// who watch. Of this node, since its start, in bounded memory.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/attempt/key.h"
#include "engine/base/mutex.h"
#include "engine/base/sequence_ring.h"
#include "engine/base/wakers.h"
#include "engine/stats/minute_counts.h"
#include "engine/stats/top_hits.h"

namespace latchkey {

// One decision, pseudonymised.
struct DecisionEvent {
  uint64_t decision_id = 0;
  TimePoint at;
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
  std::string rule;  // that refused; empty for allow
  Key account;
  Key source;
  bool degraded = false;
  std::optional<Action> shadow;  // what a shadowed policy would have answered
};

// What a decision was about, in clear. Kept only where the server is configured to show names.
struct DecisionNames {
  std::string_view tenant;
  std::string_view account;
  std::string_view source;
};

// Thread-safe.
class DecisionStats {
 public:
  struct Limits {
    size_t top_max = 1000;     // entries of each list
    size_t latest_max = 2000;  // decisions kept for watchers
    size_t watchers_max = 64;
    bool keep_names = false;
  };

  explicit DecisionStats(Limits limits);

  // Counted at `now`: a decision about what happened earlier is news today.
  void AddDecision(const DecisionEvent& event, const DecisionNames& names, TimePoint now);
  void AddOutcome(Outcome outcome, const Key& account, const Key& source, TimePoint now);

  // Of the minutes that begin in [from, to).
  [[nodiscard]] MinuteCounts::Totals Sum(TimePoint from, TimePoint to) const;
  // One Totals a step, oldest first. Requires: step is whole minutes, at least one.
  [[nodiscard]] std::vector<MinuteCounts::Totals> Series(TimePoint from, TimePoint to, Duration step) const;

  // Most hits first. Names of accounts are "tenant/account".
  [[nodiscard]] std::vector<TopHits::Entry> TopAccounts(TimePoint now);
  [[nodiscard]] std::vector<TopHits::Entry> TopSources(TimePoint now);

  using Page = SequenceRing<DecisionEvent>::Page;
  // The latest decisions, for those who watch: at most `count_max` after `position`.
  [[nodiscard]] Page ReadAfter(uint64_t position, size_t count_max) const;
  [[nodiscard]] uint64_t LastPosition() const;
  // Wakes at each decision. Null when there are too many watchers.
  [[nodiscard]] Wakers::Subscription Watch(std::function<void()> wake) {
    return wakers_.Add(std::move(wake));
  }

 private:
  const Limits limits_;
  mutable Mutex counts_mutex_;
  MinuteCounts counts_ ABSL_GUARDED_BY(counts_mutex_);
  Mutex top_mutex_;
  TopHits accounts_ ABSL_GUARDED_BY(top_mutex_);
  TopHits sources_ ABSL_GUARDED_BY(top_mutex_);
  mutable Mutex latest_mutex_;
  SequenceRing<DecisionEvent> latest_ ABSL_GUARDED_BY(latest_mutex_);
  Wakers wakers_;
};

}  // namespace latchkey
