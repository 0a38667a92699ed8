// The contract of signal stores as plainly as it can be said: every charge is kept for ever, and every
// question is answered by counting them all. Slow, unbounded, exact; for tests to hold real stores against.
//
// Written without engine/signal/{shard,limit,series}.cc on purpose: it shares their vocabulary and none of
// their code.
//
// Thread-safe: one lock around everything.
#pragma once

#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/base/mutex.h"
#include "engine/store/signal_store.h"

namespace latchkey {

class NaiveSignalStore final : public SignalStore {
 public:
  // `clock` outlives the store.
  explicit NaiveSignalStore(const Clock& clock) : clock_(clock) {}

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override;
  void Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<SettleResult>)> done) override;
  void Update(const RecordKey& key, Change change, Duration keep, Duration deadline,
              std::function<void(absl::StatusOr<Record>)> done) override;
  void Read(const ShardKeys& keys, Duration deadline,
            std::function<void(absl::StatusOr<ShardRecords>)> done) override;
  [[nodiscard]] std::string_view name() const override { return "naive"; }

 private:
  struct PastCharge {
    SeriesId series;
    TimePoint at;
    int64_t weight = 1;
    uint64_t member = 0;
    uint64_t reservation = 0;
  };
  struct Past {
    int64_t epoch = 0;
    std::vector<Slot> slots;
    std::vector<PastCharge> charges;
    std::vector<Reservation> open;  // never reported so far
    std::vector<WrongTag> wrong_tags;
    std::vector<SpentId> spent;
  };
  using Name = std::pair<uint64_t, uint64_t>;

  static bool Refuses(const Limit& limit, const Past& past, SeriesId series, int64_t weight, TimePoint now,
                      Duration token_life);
  static bool Qualifies(const LaneAsk& ask, const Past& account, TimePoint now, uint16_t& slot);
  static bool Admits(const std::vector<CounterAsk>& asks, const Past& past, uint16_t slot, TimePoint now,
                     Duration token_life);
  static void Admit(const ChargeRequest& request, const LaneAsk& ask, TimePoint now, Past& account,
                    Past& network, ChargeResult& result);
  static bool GivesBack(const SettleRequest& request, const Reservation& open, TimePoint now, Past& account);
  static void Remember(Past& account, Lane lane, const latchkey::Remember& proof, TimePoint now);
  static uint16_t FreePlace(const Past& account, Lane lane);
  static Record RecordOf(const Past& past);

  ChargeResult ChargeNow(const ShardKeys& keys, const ChargeRequest& request);
  SettleResult SettleNow(const ShardKeys& keys, const SettleRequest& request);

  const Clock& clock_;
  Mutex mutex_;
  std::map<Name, Past> accounts_ ABSL_GUARDED_BY(mutex_);
  std::map<Name, Past> networks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
