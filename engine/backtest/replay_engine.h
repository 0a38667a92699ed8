// The real engine on a clock that the recording moves: Assessor and Reporter on a store of their own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/assess/assessor.h"
#include "engine/assess/reporter.h"
#include "engine/recording/event.h"
#include "engine/store/nothing_revoked.h"

namespace latchkey {

// What a replay is given. All of it outlives the replay.
struct ReplayPorts {
  // A store that answers before a call returns, as the memory store does, and is bounded.
  std::function<std::unique_ptr<SignalStore>(const Clock& clock)> make_store;
  const KeyHasher& hasher;
  const Sealer& sealer;
};

// Not thread-safe.
class ReplayClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override { return now_; }
  // Time never goes back.
  void Reach(TimePoint at) {
    if (at > now_) now_ = at;
  }

 private:
  TimePoint now_{};
};

// What one engine made of an attempt.
struct Replayed {
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
  std::string rule;     // that refused
  bool proven = false;  // the attempt had a proof of the owner's: device, recovery or familiar source
  std::string token;    // of ALLOW
  bool operator==(const Replayed&) const = default;
};

// Not thread-safe. The same calls give the same answers.
class ReplayEngine {
 public:
  ReplayEngine(const ReplayPorts& ports, const Clock& clock, std::shared_ptr<const Policy> policy);
  ReplayEngine(const ReplayEngine&) = delete;
  ReplayEngine& operator=(const ReplayEngine&) = delete;

  // Answers at the clock's time. `wrong`: the tags of its password, if that turned out wrong.
  // kInvalidArgument for an attempt that the engine would not take.
  //
  // Devices and recoveries that proved something then prove it here; a source that was familiar then is
  // familiar here, whatever came before the recording.
  [[nodiscard]] absl::StatusOr<Replayed> Assess(const RecordedAttempt& attempt, const RecordedOutcome* wrong);

  // Nothing happens without a token: what was refused here was never checked here.
  void Report(const Replayed& replayed, const RecordedOutcome& outcome);

  [[nodiscard]] const Policy& policy() const { return *policy_; }

 private:
  class Random final : public RandomSource {
   public:
    [[nodiscard]] uint64_t Next() override;

   private:
    uint64_t state_ = 0x9E37'79B9'7F4A'7C15ULL;
  };
  // What the recording says of the attempt that is being replayed.
  class RecordedStake final : public StakePresence {
   public:
    void Set(bool any) { any_ = any; }
    [[nodiscard]] bool Any(const Key& /*account*/, TimePoint /*now*/) const override { return any_; }

   private:
    bool any_ = false;
  };

  void Know(const RecordedAttempt& attempt, const Attempt& made);

  const Sealer& sealer_;
  const Clock& clock_;
  std::shared_ptr<const Policy> policy_;
  PolicyHolder policies_;
  Random random_;
  NothingRevoked revocations_;  // what was revoked then was no proof in the recording
  RecordedStake stake_;
  KeyMaker keys_;
  std::unique_ptr<SignalStore> store_;
  Assessor assessor_;
  Reporter reporter_;
};

}  // namespace latchkey
