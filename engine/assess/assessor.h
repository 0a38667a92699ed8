// The whole flow of an attempt: what it proves, what to count, charge, decide, answer.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/assess/decision.h"
#include "engine/assess/journal.h"
#include "engine/assess/node_counters.h"
#include "engine/assess/observer.h"
#include "engine/assess/proofs.h"
#include "engine/assess/refusals.h"
#include "engine/assess/retries.h"
#include "engine/assess/shadow_policy.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/base/pool.h"
#include "engine/base/random.h"
#include "engine/policy/holder.h"
#include "engine/store/signal_store.h"
#include "engine/store/sole_store.h"
#include "engine/workflow/stake_presence.h"

namespace latchkey {

struct AssessSettings {
  // How long an attempt token lives: the time a password check may take before its charge stands.
  Duration token_life = std::chrono::minutes(2);
  // The longest that a decision waits for the store, whatever the caller's deadline.
  Duration store_deadline = std::chrono::milliseconds(50);
  size_t journal_capacity = 4096;
  // How many refusals are known by heart, so that repeats need no store (refusals.h); 0 (or no
  // journal): none.
  size_t refusals_kept = 0;
};

// What assessing needs of the rest of the engine. All of it must outlive the assessor and its pending calls.
struct AssessParts {
  const Clock& clock;
  RandomSource& random;
  const KeyMaker& keys;
  const Sealer& sealer;
  const PolicyHolder& policies;
  const Revocations& revocations;
  SignalStore& store;
  SignalStore& local_store;  // counts while `store` cannot be asked
  std::vector<DecisionObserver*> observers;
  ShadowPolicy* shadow = nullptr;         // null: none can be
  const StakePresence* stakes = nullptr;  // null: nothing is known to be at stake
  // What `store` and `local_store` write to, where all who do tell Assessor::refusals; null: others write to
  // it too.
  SoleStore* sole_store = nullptr;
};

struct Explanation {
  Decision decision;
  std::vector<LaneReport> lanes;
};

// Thread-safe. Never blocks; `done` runs once, perhaps on a thread of the store.
class Assessor {
 public:
  Assessor(AssessParts parts, AssessSettings settings);
  ~Assessor();

  // Answers an attempt and, on ALLOW, charges it. `deadline`: how long the caller waits. A status means that
  // no answer could be found at all; a lost store is an answer, said to be degraded.
  void Assess(Attempt attempt, Duration deadline, std::function<void(absl::StatusOr<Decision>)> done);

  // As Assess, of an attempt whose keys and proofs are known, under this policy: for a shadow, which is why
  // nobody hears of it.
  void AssessProven(std::shared_ptr<const Policy> policy, Attempt attempt, const AttemptKeys& keys,
                    const Proofs& proofs, Duration deadline,
                    std::function<void(absl::StatusOr<Decision>)> done);

  // What would be answered and why; counts nothing.
  void Explain(Attempt attempt, Duration deadline, std::function<void(absl::StatusOr<Explanation>)> done);

  // What came of an attempt that was let through elsewhere.
  enum class Happened : uint8_t { kFailure, kNoFailure };

  // Takes note of such an attempt, at the time it happened, and tells what would have been answered. A
  // failure is charged even where it would have been refused; what did not fail is not charged at all.
  void Record(Attempt attempt, TimePoint at, Happened happened, Duration deadline,
              std::function<void(absl::StatusOr<Decision>)> done);

  // Why a past decision of this node was as it was; kNotFound when it is not kept (any more).
  [[nodiscard]] absl::StatusOr<Explanation> ExplainPast(uint64_t decision_id) const;

  void ForgetRetry(uint64_t decision_id) { retries_.Forget(decision_id); }
  // To be told of what others do to counts: see OpeningStore.
  [[nodiscard]] Refusals& refusals() { return refusals_; }
  [[nodiscard]] const Journal& journal() const { return journal_; }
  [[nodiscard]] const AssessSettings& settings() const { return settings_; }

 private:
  enum class Manner : uint8_t { kLive, kDry, kForced, kPast, kShadow };
  [[nodiscard]] static bool Charges(Manner manner) {
    return manner == Manner::kLive || manner == Manner::kForced || manner == Manner::kShadow;
  }
  struct Pending;

  // A Pending is in somebody's hands from Prepare until the answer, which ends it: `Answer` and `Fail`. In
  // between it is passed on, through the store's callback too.
  Pending& Prepare(Attempt attempt, Manner manner, TimePoint now);
  void Ask(Pending& pending, Duration deadline);
  void Charge(Pending& pending, Duration patience);
  // Whether its strangers meet what the policy says of accounts for which something is at stake.
  [[nodiscard]] bool HeedsStake(const Policy& policy, const Facts& facts, TimePoint now) const;
  // What a retry of the attempt is known by; nothing when it names no request.
  [[nodiscard]] std::optional<Key> RetryKeyOf(const Attempt& attempt) const;
  void AskLocally(Pending& pending);
  void Finish(Pending& pending, ChargeResult& result, bool degraded);
  // Asks the shadowed policy too, and then concludes.
  void AskShadow(Pending& pending, Decision& decision, ChargeResult& result);
  void Conclude(Pending& pending, Decision& decision, ChargeResult& result, std::vector<LaneReport> lanes);
  // Whether counts decide about it. Else its factor cannot be guessed, or it is a code without its first one.
  [[nodiscard]] bool Counts(const Attempt& attempt, const Key& account, TimePoint now) const;
  // Such an answer, which needs no store.
  bool AnswerAtOnce(Pending& pending);
  // Whether answers to it may be known by heart: nothing but its counts decides about it.
  [[nodiscard]] bool MayRepeat(const Pending& pending) const;
  [[nodiscard]] bool KnowsRefusals() const;
  // For how long a refusal by these records may be known by heart.
  [[nodiscard]] Duration KnownFor(const ShardKeys& keys, const ShardRecords& records) const;
  // Whether a like attempt was refused a moment ago. Then this one is, by `decision`, which is kept and told.
  bool DecideAgain(const Attempt& attempt, const std::optional<Key>& retry_key, TimePoint now,
                   Decision& decision);
  // An answer that counts decide nothing of.
  void AnswerUncounted(Pending& pending, Verdict verdict, TimePoint at, bool degraded);
  // Keeps it for Explain. `result` is null when counts decided nothing; plan and result are not needed after.
  void Remember(Pending& pending, const Decision& decision, ChargeResult* result);
  void Seal(Pending& pending, Decision& decision, const ChargeResult* result);
  void SealChallenge(const Key& account, const Policy& policy, Decision& decision);
  void SealAttempt(Pending& pending, Decision& decision, const ChargeResult* result);
  // Tells all who hear of answers, and keeps it for a retry.
  void Tell(const Attempt& attempt, const Facts& facts, const Decision& decision,
            const std::optional<Key>& retry_key, TimePoint now);
  void Answer(Pending& pending, Decision& decision, std::vector<LaneReport> lanes);
  void Fail(Pending& pending, const absl::Status& status);
  void Release(Pending& pending);

  AssessParts parts_;
  AssessSettings settings_;
  ProofReader proofs_;
  NodeCounters node_counters_;
  Retries retries_;
  Journal journal_;
  Refusals refusals_;
  Pool<Pending> pendings_;
};

}  // namespace latchkey
