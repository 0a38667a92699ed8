#include "engine/store/late_settlements.h"

#include <utility>
#include <vector>

namespace latchkey {
namespace {

bool MayHeal(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status);
}

}  // namespace

void LateSettlements::State::Keep(Waiting one) {
  if (waiting.size() < kWaitingMax) {
    waiting.push_back(std::move(one));
  } else {
    ++dropped;
  }
}

void LateSettlements::Settle(const ShardKeys& keys, std::shared_ptr<const SettleRequest> request,
                             Duration deadline, std::function<void(absl::StatusOr<SettleResult>)> done) {
  Waiting later{keys, request, clock_.Now() + request->token_life};
  store_.Settle(keys, std::move(request), deadline,
                [state = state_, later = std::move(later),
                 done = std::move(done)](absl::StatusOr<SettleResult> result) mutable {
                  if (!result.ok() && MayHeal(result.status())) {
                    const MutexLock lock(state->mutex);
                    state->Keep(std::move(later));
                  }
                  done(std::move(result));
                });
}

void LateSettlements::Step() {
  std::vector<Waiting> batch;
  {
    const MutexLock lock(state_->mutex);
    while (!state_->waiting.empty() && state_->in_flight < kInFlightMax) {
      Waiting one = std::move(state_->waiting.front());
      state_->waiting.pop_front();
      if (one.until <= clock_.Now()) {
        ++state_->dropped;
        continue;
      }
      ++state_->in_flight;
      batch.push_back(std::move(one));
    }
  }
  for (Waiting& one : batch) {
    store_.Settle(one.keys, one.request, kDeadline,
                  [state = state_, one](const absl::StatusOr<SettleResult>& result) mutable {
                    const MutexLock lock(state->mutex);
                    --state->in_flight;
                    if (result.ok()) {
                      ++state->settled;
                    } else if (MayHeal(result.status())) {
                      state->Keep(std::move(one));
                    } else {
                      ++state->dropped;
                    }
                  });
  }
}

LateSettlements::Counts LateSettlements::counts() const {
  const MutexLock lock(state_->mutex);
  return {.waiting = state_->waiting.size() + state_->in_flight,
          .settled = state_->settled,
          .dropped = state_->dropped};
}

}  // namespace latchkey
