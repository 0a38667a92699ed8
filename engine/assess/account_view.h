// How an account stands, for people who ask why: every lane, how full its limits are, and until when.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/assess/decide.h"
#include "engine/assess/owner_desk.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/policy/holder.h"
#include "engine/store/signal_store.h"
#include "engine/workflow/stake_presence.h"

namespace latchkey {

struct AccountState {
  Key key;
  TimePoint now;  // the store's
  std::vector<LaneReport>
      lanes;  // all five, strongest first; of several devices (recoveries, sources) the fullest
  int devices = 0;
  int sources = 0;
  int pending = 0;  // admitted, and not reported yet
};

// Thread-safe. What it refers to outlives it.
class AccountView {
 public:
  // `stakes`: as an assessor's.
  AccountView(const KeyMaker& keys, const PolicyHolder& policies, SignalStore& store, Duration token_life,
              const StakePresence* stakes = nullptr)
      : keys_(keys), policies_(policies), store_(store), token_life_(token_life), stakes_(stakes) {}

  // Counts nothing. With a source, as seen from there: only that source of the familiar ones, and what its
  // network has done. An account that was never seen looks like one without failures.
  void Describe(const AccountName& name, const std::optional<Source>& source, Duration deadline,
                std::function<void(absl::StatusOr<AccountState>)> done) const;

 private:
  const KeyMaker& keys_;
  const PolicyHolder& policies_;
  SignalStore& store_;
  const Duration token_life_;
  const StakePresence* const stakes_;
};

}  // namespace latchkey
