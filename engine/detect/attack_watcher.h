// Watches answers and reports for attacks: counts what strangers do in bounded memory, shows it to the
// detectors when a count has grown by a quarter, and tells a sink what they find.
//
// An ordinary login costs a note of one word and, when it completes, two touches of a table. Nothing grows:
// about 30 MB with the default settings, whatever comes. Of several nodes each tells the others what it sees
// (sighting_exchange.h), so that every one counts all; each looks when it has seen something itself.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/assess/observer.h"
#include "engine/attempt/sealer.h"
#include "engine/detect/attempt_notes.h"
#include "engine/detect/detector.h"
#include "engine/detect/login_places.h"
#include "engine/detect/recent_table.h"
#include "engine/detect/sighting_box.h"
#include "engine/detect/tenant_book.h"
#include "engine/policy/holder.h"

namespace latchkey {

// Thread-safe. What it refers to must outlive it.
class AttackWatcher final : public DecisionObserver {
 public:
  // Powers of two, at least 256.
  struct Settings {
    size_t accounts = 16'384;  // that strangers fail on
    size_t sources = 16'384;   // that fail, and their networks
    size_t places = 131'072;   // where people log in
    size_t notes = 16'384;     // attempts whose report is awaited
    bool show_names = false;   // findings carry names, not only pseudonyms
  };
  struct Parts {
    const PolicyHolder& policies;
    const StakeLookup& stakes;
    const Sealer& sealer;
    FindingSink& sink;
  };

  AttackWatcher(Parts parts, Settings settings);
  ~AttackWatcher() override;

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;

  // What was seen here since the last call, for other nodes to hear. At most `keep_max` are kept until the
  // next; none, and nothing is left to others any more, when it is 0.
  [[nodiscard]] std::vector<Sighting> TakeSightings(size_t keep_max);
  // How many sightings found no room among those, so far, and are counted here alone. Thread-safe.
  [[nodiscard]] uint64_t sightings_dropped() const { return sightings_.dropped(); }
  // What another node has seen.
  void Hear(const Sighting& sighting);

  // Looks again at accounts that something was found of, or that have something at stake; each second.
  void Tick(TimePoint now);

 private:
  static constexpr size_t kShards = 16;
  static constexpr uint32_t kTriesMin = 3;  // of an account, before anybody looks
  static constexpr uint32_t kSourceTriesMin = 8;

  // How often sightings are taken before what was left to another node is counted here after all.
  static constexpr int64_t kRoundsAwaited = 4;

  // A try of a stranger that was wrong or refused.
  struct Try {
    Key account;
    Key network;
    Key source;
    TimePoint at;
    uint8_t tenant = TenantBook::kNone;
    Action answered = Action::kAllow;
    bool unknown = false;
    bool solved = false;
    bool popular = false;
    bool near = false;  // from a source that the account knows, and past what it may fail there
    std::optional<uint16_t> account_tag;
    std::optional<uint16_t> tenant_tag;
    std::optional<TimePoint> until;  // of a refusal
    uint64_t decision = 0;
    bool heard = false;  // another node has seen it

    [[nodiscard]] bool refused() const { return answered != Action::kAllow; }
  };
  // A report whose attempt this node was not asked about.
  struct Foreign {
    Try tried;
    Lane lane = Lane::kStranger;
    int64_t round = 0;
  };
  template <typename Tally>
  struct Shard {
    Shard(size_t capacity, Duration forget) : table(capacity, forget) {}
    Mutex mutex;
    // Begins to load where this key will be looked for; without a lock, since it reads nothing.
    void Expect(const Key& key) const ABSL_NO_THREAD_SAFETY_ANALYSIS { table.ExpectMarks(key); }

    RecentTable<Tally> table ABSL_GUARDED_BY(mutex);
  };
  template <typename Tally>
  using Shards = std::array<std::unique_ptr<Shard<Tally>>, kShards>;
  struct DetectorSet;

  // Which keys may have a tally: so that a login of nobody under attack looks nowhere.
  class Filter {
   public:
    void Add(const Key& key) { current().at(Place(key)).store(true, std::memory_order_relaxed); }
    [[nodiscard]] bool MayHave(const Key& key) const {
      return generations_[0][Place(key)].load(std::memory_order_relaxed) ||
             generations_[1][Place(key)].load(std::memory_order_relaxed);
    }
    // Forgets what was added before the last but one turn.
    void Turn();

   private:
    static constexpr size_t kPlaces = 32'768;
    using Generation = std::array<std::atomic<bool>, kPlaces>;
    static size_t Place(const Key& key) { return (key.low ^ key.high) % kPlaces; }
    Generation& current() { return generations_[now_.load(std::memory_order_relaxed)]; }
    std::array<Generation, 2> generations_{};
    std::atomic<size_t> now_{0};
  };

  void CountTry(const Try& tried);
  void CountOfSource(const Try& tried, const Key& key, bool is_network);
  void CountOfToken(const Try& tried);
  void CountReport(Try tried, Lane lane, const AttemptNote& note);
  // Whether the node that was asked will count this report, which knows more of the attempt.
  [[nodiscard]] bool LeftToOthers(const Try& tried, Lane lane);
  void CountLogin(const Try& login);
  bool Share(Sighting::Kind kind, const Try& tried, Lane lane = Lane::kStranger);
  void NoteForeignToken(const Attempt& attempt, const Key& account);
  [[nodiscard]] static bool CountOfAccount(const Try& tried, AccountTally& tally, bool& fresh_password);

  void LookAtAccount(const AccountTally& tally, TimePoint now);
  void LookAtSource(const SourceTally& tally, const Key& failed_on, uint8_t tenant, TimePoint now);
  void LookAtTenant(uint8_t tenant, const TenantTally& tally, TimePoint now);
  void FindLinks(const AccountTally& tally, Activity& activity) const;
  void AddLink(const Key& rival, const Activity& activity, const RivalLink& tie,
               std::vector<RivalLink>& links) const;
  // On how many accounts the source with most tries fails in this hour.
  int64_t AccountsOf(const AccountTally& tally, TimePoint now);
  int64_t VictimsWith(const Stake& stake, const Key& victim, TimePoint now);
  // Of an account that another node looks at.
  void NoteVictim(const Try& tried);
  void Tell(const Finding& finding, TimePoint now);
  void WatchOn(const Key& account);
  [[nodiscard]] std::optional<AccountTally> TallyOf(const Key& account) const;
  [[nodiscard]] std::shared_ptr<const DetectorSet> Detectors();

  void RememberName(const Key& key, std::string name);
  [[nodiscard]] std::string NameOf(const Key& key) const;

  const Parts parts_;
  const Settings settings_;
  AttemptNotes notes_;
  SightingBox sightings_;
  TenantBook tenants_;
  LoginPlaces places_;
  mutable Shards<AccountTally> accounts_;
  Shards<SourceTally> sources_;
  Filter filter_;
  TimePoint filter_turned_;  // of Tick alone

  Mutex foreign_mutex_;
  absl::flat_hash_map<uint64_t, Foreign> foreign_ ABSL_GUARDED_BY(foreign_mutex_);  // by decision
  int64_t round_ ABSL_GUARDED_BY(foreign_mutex_) = 0;

  // What is looked at again each second.
  Mutex watched_mutex_;
  std::vector<Key> watched_ ABSL_GUARDED_BY(watched_mutex_);
  size_t watched_next_ ABSL_GUARDED_BY(watched_mutex_) = 0;

  struct Victims {
    TimePoint first;
    DistinctBits<256> accounts;
  };
  Mutex workflows_mutex_;
  absl::flat_hash_map<uint64_t, Victims> workflows_ ABSL_GUARDED_BY(workflows_mutex_);

  // What was told last, so that the same is not told again until it has grown.
  struct Told {
    int64_t attempts = 0;
    size_t suspects = 0;
    TimePoint at;
  };
  Mutex told_mutex_;
  absl::flat_hash_map<Key, Told> told_ ABSL_GUARDED_BY(told_mutex_);

  Mutex detectors_mutex_;
  std::shared_ptr<const DetectorSet> detectors_ ABSL_GUARDED_BY(detectors_mutex_);

  mutable Mutex names_mutex_;
  absl::flat_hash_map<Key, std::string> names_ ABSL_GUARDED_BY(names_mutex_);
};

}  // namespace latchkey
