#include "engine/store/restorer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/policy/merge_rules.h"
#include "engine/signal/record_codec.h"

namespace latchkey {

struct Restorer::State {
  Mutex mutex;
  std::deque<Work> waiting ABSL_GUARDED_BY(mutex);
  size_t in_flight ABSL_GUARDED_BY(mutex) = 0;
  Counts counts ABSL_GUARDED_BY(mutex);
};

void RestoreInto(Record& stored, const std::vector<Record>& remembered, const MergeRules& rules) {
  for (const Record& record : remembered) {
    if (stored == record) continue;
    stored = stored.empty() ? record : MergeRecords(std::move(stored), record, rules);
  }
}

Restorer::Restorer(SignalStore& store, RecordMemory& memory, const PolicyHolder& policies, PaceOptions pace)
    : store_(store), memory_(memory), policies_(policies), pace_(pace), state_(std::make_shared<State>()) {}

void Restorer::Start(TimePoint since) {
  memory_.Hold(true);
  const MutexLock lock(mutex_);
  since_ = since_ ? std::min(*since_, since) : since;
  next_stripe_ = 0;
  const MutexLock state_lock(state_->mutex);
  state_->waiting.clear();
  state_->counts.running = true;
}

void Restorer::Step() {
  std::vector<Work> batch;
  {
    const MutexLock lock(mutex_);
    if (!since_) return;
    const MutexLock state_lock(state_->mutex);
    std::deque<Work>& waiting = state_->waiting;
    while (waiting.size() < pace_.step_max && next_stripe_ < RecordMemory::kStripes) {
      for (RecordMemory::Remembered& record : memory_.OfStripe(next_stripe_++, *since_))
        waiting.push_back({std::move(record)});
    }
    while (!waiting.empty() && batch.size() < pace_.step_max && state_->in_flight < pace_.in_flight_max) {
      batch.push_back(std::move(waiting.front()));
      waiting.pop_front();
      ++state_->in_flight;
    }
    if (batch.empty() && waiting.empty() && state_->in_flight == 0) {
      since_.reset();
      state_->counts.running = false;
      memory_.Hold(false);
      return;
    }
  }
  for (Work& work : batch) {
    std::vector<Record> remembered;
    for (const std::string& bytes : work.record.versions) {
      if (absl::StatusOr<Record> record = DecodeRecord(bytes); record.ok())
        remembered.push_back(*std::move(record));
    }
    const RecordKey key = work.record.key;
    const bool account = key.kind == RecordKey::Kind::kAccount;
    const std::shared_ptr<const Policy> policy = account ? policies_.For(key.key) : policies_.Current();
    auto change = [remembered = std::move(remembered), rules = MergeRulesOf(*policy)](
                      Record& record, TimePoint) { RestoreInto(record, remembered, rules); };
    store_.Update(key, std::move(change), policy->keep(), pace_.deadline,
                  [state = state_, work = std::move(work)](const absl::StatusOr<Record>& written) mutable {
                    const MutexLock lock(state->mutex);
                    --state->in_flight;
                    if (written.ok()) {
                      ++state->counts.restored;
                    } else if (++work.tries < kTriesMax) {
                      state->waiting.push_back(std::move(work));
                    } else {
                      ++state->counts.failed;
                    }
                  });
  }
}

Restorer::Counts Restorer::counts() const {
  const MutexLock lock(state_->mutex);
  return state_->counts;
}

}  // namespace latchkey
