#include "engine/store/fallback_store.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/policy/merge_rules.h"

namespace latchkey {
namespace {

// Looked at again after this, if it cannot be merged yet.
constexpr Duration kLookAgain{500};

// Without its store a node knows a recovery by its token alone and counts it in a place of a device. In the
// shared store it is the recovery it was: known by the counters that only recoveries have.
void KnowRecoveries(Record& local, const MergeRules& rules) {
  for (Slot& slot : local.slots) {
    if (slot.lane != Lane::kDevice) continue;
    const auto of_recovery = [&](const Series& series) {
      const MergeRules::Counter* counter = rules.Find(series.id.signature);
      return counter != nullptr && counter->slot_lane == Lane::kRecovered && series.id.sub == slot.index;
    };
    if (std::any_of(local.series.begin(), local.series.end(), of_recovery)) slot.lane = Lane::kRecovered;
  }
}

// A device that claimed a place here, where no others are known, is the first to go in the shared store: a
// token that lost its place once never pushes out a device that logs in.
Record StandingBack(Record local, const Record& shared) {
  for (Slot& slot : local.slots) {
    if (slot.lane != Lane::kDevice || slot.seen > slot.since) continue;
    for (const Slot& known : shared.slots) {
      if (known.lane == slot.lane) slot.seen = std::min(slot.seen, known.seen - Duration(1));
    }
  }
  return local;
}

bool MayBeGivenBack(const Record& record, Duration token_life, TimePoint now) {
  return std::any_of(record.reservations.begin(), record.reservations.end(),
                     [&](const Reservation& r) { return r.at + token_life > now; });
}

}  // namespace

FallbackStore::FallbackStore(SignalStore& local, Duration token_life)
    : ForwardingStore(local), token_life_(token_life), state_(std::make_shared<State>()) {}

void FallbackStore::State::Add(const RecordKey& key, TimePoint due) {
  const MutexLock lock(mutex);
  auto it = waiting.find(key);
  if (it == waiting.end()) {
    if (waiting.size() >= kWaitingMax) {
      ++dropped;
      return;
    }
    it = waiting.emplace(key, Waiting{}).first;
    queue.push_back(key);
  }
  it->second.due = std::max(it->second.due, due);
  ++it->second.version;
}

void FallbackStore::Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request,
                           Duration deadline, std::function<void(absl::StatusOr<ChargeResult>)> done) {
  const bool forced = request->forced;
  const bool dry = request->dry_run;
  const bool of_network = std::any_of(request->lanes.begin(), request->lanes.end(),
                                      [](const LaneAsk& lane) { return !lane.network.empty(); });
  store_.Charge(keys, std::move(request), deadline,
                [state = state_, keys, forced, dry, of_network, life = token_life_,
                 done = std::move(done)](absl::StatusOr<ChargeResult> result) {
                  if (result.ok() && !dry && (forced || result->admitted >= 0)) {
                    state->Add(keys.account, result->records.now);
                    if (of_network)
                      state->Add({RecordKey::Kind::kNetwork, keys.network}, result->records.now + life);
                  }
                  done(std::move(result));
                });
}

void FallbackStore::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                           Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  const bool of_network = !request->network.empty();
  store_.Settle(
      keys, std::move(request), deadline,
      [state = state_, keys, of_network, done = std::move(done)](absl::StatusOr<SettleResult> result) {
        if (result.ok()) {
          state->Add(keys.account, result->records.now);
          if (of_network) state->Add({RecordKey::Kind::kNetwork, keys.network}, result->records.now);
        }
        done(std::move(result));
      });
}

void FallbackStore::Step(SignalStore& shared, const PolicyHolder& policies, const PaceOptions& pace,
                         TimePoint now) {
  std::vector<std::pair<RecordKey, uint64_t>> batch;
  {
    const MutexLock lock(state_->mutex);
    for (size_t looks = std::min(state_->queue.size(), pace.step_max);
         looks > 0 && state_->in_flight + batch.size() < pace.in_flight_max; --looks) {
      const RecordKey key = state_->queue.front();
      state_->queue.pop_front();
      const Waiting& waiting = state_->waiting.find(key)->second;
      if (waiting.due <= now) {
        batch.emplace_back(key, waiting.version);
      } else {
        state_->queue.push_back(key);
      }
    }
  }
  for (const auto& [key, version] : batch) {
    const bool account = key.kind == RecordKey::Kind::kAccount;
    std::optional<Record> local;
    store_.Read({key.key, key.key}, pace.deadline, [&](absl::StatusOr<ShardRecords> records) {
      if (records.ok()) local = account ? std::move(records->account) : std::move(records->network);
    });
    const bool early = !local || MayBeGivenBack(*local, token_life_, now);
    {
      const MutexLock lock(state_->mutex);
      if (early) {
        state_->waiting.find(key)->second.due = now + kLookAgain;
        state_->queue.push_back(key);
        continue;
      }
      ++state_->in_flight;
    }
    const std::shared_ptr<const Policy> policy = account ? policies.For(key.key) : policies.Current();
    const MergeRules rules = MergeRulesOf(*policy);
    KnowRecoveries(*local, rules);
    local->reservations.clear();
    auto change = [local = *std::move(local), rules](Record& record, TimePoint) {
      RestoreInto(record, {StandingBack(local, record)}, rules);
    };
    shared.Update(key, std::move(change), policy->keep(), pace.deadline,
                  [state = state_, key = key, version = version, now](const absl::StatusOr<Record>& written) {
                    const MutexLock lock(state->mutex);
                    --state->in_flight;
                    auto it = state->waiting.find(key);
                    if (written.ok()) ++state->merged;
                    if (!written.ok()) it->second.due = std::max(it->second.due, now + kLookAgain);
                    if (written.ok() && it->second.version == version) {
                      state->waiting.erase(it);
                    } else {
                      state->queue.push_back(key);  // tried again, or charged meanwhile
                    }
                  });
  }
}

FallbackStore::Counts FallbackStore::counts() const {
  const MutexLock lock(state_->mutex);
  return {.waiting = state_->waiting.size(), .merged = state_->merged, .dropped = state_->dropped};
}

}  // namespace latchkey
