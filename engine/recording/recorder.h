// Records answers and reports: pseudonymised unless told otherwise, of all accounts or of a share of them.
#pragma once

#include <array>
#include <memory>

#include "engine/assess/observer.h"
#include "engine/assess/proofs.h"
#include "engine/policy/holder.h"
#include "engine/recording/event.h"
#include "engine/recording/queue.h"
#include "engine/workflow/stake_presence.h"

namespace latchkey {

struct RecorderSettings {
  bool names = false;
  double share = 1;  // of accounts, chosen by their keys: an account is recorded whole or not at all
};

// Whether an account belongs to a share of all accounts; stable, and the same on every node that has the key
// ring. A larger share holds the smaller ones.
[[nodiscard]] bool InShare(const Key& account, double share);

// The attempt as it is recorded. `issued` of proofs is read from the tokens, which must have held.
[[nodiscard]] RecordedAttempt RecordOf(const Attempt& attempt, const Facts& facts, const Decision& decision,
                                       bool names);

// Logins that were only told of afterwards are left out: their log is the recording.
//
// Thread-safe; never waits. What it refers to outlives it.
class Recorder final : public DecisionObserver {
 public:
  struct Parts {
    const Sealer& sealer;
    const Revocations& revocations;
    const PolicyHolder& policies;
    RecordingQueue& queue;
    const StakePresence* stakes = nullptr;  // null: nothing is known to be at stake
  };
  Recorder(Parts parts, RecorderSettings settings)
      : parts_(parts), settings_(settings), proofs_(parts.sealer, parts.revocations) {}

  void OnDecision(const Attempt& attempt, const Facts& facts, const Decision& decision) override;
  void OnReport(const AttemptToken& token, Outcome outcome, TimePoint now) override;

 private:
  // The tenant's tag of a password stays here until it is known to be wrong. Fixed in size: a tag that a
  // later one has displaced is not recorded.
  struct HeldTag {
    uint64_t decision = 0;
    std::optional<uint16_t> tag;
    bool told_afterwards = false;  // its report is left out as well
  };
  static constexpr size_t kHeldTags = 16384;

  const Parts parts_;
  const RecorderSettings settings_;
  const ProofReader proofs_;
  Mutex mutex_;
  std::array<HeldTag, kHeldTags> held_ ABSL_GUARDED_BY(mutex_){};
};

}  // namespace latchkey
