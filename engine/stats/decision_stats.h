// Statistics of decisions: counts over time, who is attacked and by whom, what is closed, and the latest
// decisions for those who watch. Of this node, since its start, in bounded memory.
//
// On the way of a decision a thread takes only the lock of its own part: it adds to counters and writes a
// line into a notebook of fixed size. Collect empties the parts into what is asked of; whoever collects says
// the time.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/attempt/key.h"
#include "engine/base/mutex.h"
#include "engine/base/sequence_ring.h"
#include "engine/base/thread_place.h"
#include "engine/base/wakers.h"
#include "engine/stats/active_refusals.h"
#include "engine/stats/counts.h"
#include "engine/stats/name_table.h"
#include "engine/stats/time_buckets.h"
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
  uint64_t lost_before = 0;      // decisions that came before this one and could not be kept
};

// One decision as it is told to the statistics. The views live for the call.
struct DecisionSeen {
  uint64_t decision_id = 0;
  TimePoint at;
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
  Lane proved = Lane::kStranger;  // the strongest; spent if it is not `lane`
  Scope scope = Scope::kAccountLane;
  bool degraded = false;
  bool provisional = false;  // a refusal that may end within a second
  std::optional<Action> shadow;
  std::optional<Action> shadow_rules;
  std::optional<TimePoint> until;
  std::string_view rule;  // that refused; empty for allow
  std::string_view tenant;
  std::string_view path;
  Key account;
  Key network;
  uint64_t source = 0;
  uint32_t asn = 0;
};

// What a decision was about, in clear. Kept only where the server is configured to show names.
struct DecisionNames {
  std::string account;  // "tenant/account"
  std::string source;
  std::string network;
};

// Whose hits are counted.
enum class TopKind : uint8_t { kAccount, kSource, kNetwork, kAsn };
inline constexpr size_t kTopKinds = 4;

// The pseudonym of a source, as statistics and logs show it.
[[nodiscard]] inline Key SourcePseudonym(const Key& network, uint64_t source) {
  return {network.high, source};
}
// What an autonomous system is known by: its number, which is no secret.
[[nodiscard]] inline Key AsnKey(uint32_t asn) { return {0, asn}; }

// Thread-safe.
class DecisionStats {
 public:
  struct Limits {
    size_t top_max = 1000;     // entries of each list
    size_t latest_max = 2000;  // decisions kept for watchers
    size_t watchers_max = 64;
    size_t refusals_max = 4096;  // that are shown as in force
    size_t notes_max = 4096;     // of each part, between two collections
    size_t rules_max = 255;
    size_t tenants_max = 64;
    size_t paths_max = 32;
    bool keep_names = false;
  };

  explicit DecisionStats(Limits limits);
  ~DecisionStats();
  DecisionStats(const DecisionStats&) = delete;
  DecisionStats& operator=(const DecisionStats&) = delete;

  // On the way of a decision. `names` is null unless keeps_names().
  void AddDecision(const DecisionSeen& seen, const DecisionNames* names = nullptr);
  void AddOutcome(Outcome outcome, const Key& account, const Key& network, uint64_t source);
  [[nodiscard]] LatencyBoard& latency() { return latency_; }
  [[nodiscard]] bool keeps_names() const { return limits_.keep_names; }

  // Takes in what has come since the last time, as of `now`. What is asked for below is as of then.
  void Collect(TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes in what another node has counted since it was last asked; ids are of this node's tables.
  void AddForeign(const Counts& counts, TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);

  // As TimeBuckets does.
  [[nodiscard]] Counts Sum(TimeBuckets::Resolution resolution, TimePoint from, TimePoint to) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::vector<Counts> Series(TimeBuckets::Resolution resolution, TimePoint from, TimePoint to,
                                           Duration step) const ABSL_LOCKS_EXCLUDED(mutex_);
  // All that this node has counted since its start.
  [[nodiscard]] Counts Own() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Most hits first, of this node. Names of accounts are "tenant/account".
  [[nodiscard]] TopList Top(TopKind kind, TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::vector<ActiveRefusal> Refusals(TimePoint now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Refusals that are not shown for want of room, since the start.
  [[nodiscard]] int64_t RefusalsLeftOut() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Decisions and failures that no list has seen, for want of room between two collections, since the start.
  [[nodiscard]] int64_t NotesMissed() const ABSL_LOCKS_EXCLUDED(mutex_);

  [[nodiscard]] NameTable& rules() { return rules_; }
  [[nodiscard]] NameTable& tenants() { return tenants_; }
  [[nodiscard]] NameTable& paths() { return paths_; }

  using Page = SequenceRing<DecisionEvent>::Page;
  // The latest decisions, for those who watch: at most `count_max` after `position`.
  [[nodiscard]] Page ReadAfter(uint64_t position, size_t count_max) const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] uint64_t LastPosition() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Wakes when decisions were collected. Null when there are too many watchers.
  [[nodiscard]] Wakers::Subscription Watch(std::function<void()> wake) {
    return wakers_.Add(std::move(wake));
  }

 private:
  struct Note;
  struct Part;

  Part& MyPart() { return *parts_[ThreadPlace()]; }
  void Take(const Note& note, const DecisionNames* names, TimePoint now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] DecisionEvent EventOf(const Note& note) const;
  void TakeRefusal(const Note& note, const DecisionNames* names, TimePoint now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeLatency(Counts& counts) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  TopHits& Of(TopKind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return tops_[static_cast<size_t>(kind)]; }

  const Limits limits_;
  NameTable rules_;
  NameTable tenants_;
  NameTable paths_;
  LatencyBoard latency_;
  std::array<std::unique_ptr<Part>, kThreadPlaces> parts_;

  mutable Mutex mutex_;  // never taken on the way of a decision
  TimeBuckets buckets_ ABSL_GUARDED_BY(mutex_);
  Counts own_ ABSL_GUARDED_BY(mutex_);
  std::array<TopHits, kTopKinds> tops_ ABSL_GUARDED_BY(mutex_);
  ActiveRefusals refusals_ ABSL_GUARDED_BY(mutex_);
  SequenceRing<DecisionEvent> latest_ ABSL_GUARDED_BY(mutex_);
  std::array<LatencyBoard::Totals, 2> latency_seen_ ABSL_GUARDED_BY(mutex_){};
  int64_t notes_missed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Note> taken_ ABSL_GUARDED_BY(mutex_);  // of one part; kept for its memory
  Wakers wakers_;
};

}  // namespace latchkey
