// From counts to a verdict: a pure function. Time, counts and policy in, verdict out, so every past decision
// can be replayed and explained.
#pragma once

#include <optional>
#include <vector>

#include "engine/assess/charges.h"
#include "engine/assess/decision.h"
#include "engine/policy/policy.h"
#include "engine/signal/shard.h"

namespace latchkey {

// How one lane stands for such an attempt.
struct LaneReport {
  Lane lane = Lane::kStranger;
  bool proved = false;  // the attempt qualifies for the lane
  bool spent = false;   // … and some limit refuses
  std::vector<LimitReport> limits;
};

// `slot`: the place of the lane's proof, where it has one.
[[nodiscard]] LaneReport ReportLane(const Policy& policy, const Facts& facts, const PlannedLane& lane,
                                    uint16_t slot, const ShardRecords& records, Duration token_life);

// `request` is what the store was asked for `plan`, `result` its answer.
[[nodiscard]] Verdict Decide(const Policy& policy, const Facts& facts, const Plan& plan,
                             const ChargeRequest& request, const ChargeResult& result);
// Whether it was refused for a stake alone, and the challenge that this asks for could not be passed now: the
// challenged lane has no room.
[[nodiscard]] bool AsksInVain(const Policy& policy, const Plan& plan, const ChargeRequest& request,
                              const ChargeResult& result);
// A refusal with the time for which it stays as it is, if nothing is counted: the same reasons in the same
// words, the same way up. Only how long is left of it changes.
struct LastingVerdict {
  Verdict verdict;  // at `from`
  TimePoint from;
  TimePoint until;  // no more then

  // Requires: from <= now < until.
  [[nodiscard]] Verdict At(TimePoint now) const;
};
// Of what the store has refused: the verdict by the same counts at another time; nothing when they would not
// refuse any more.
[[nodiscard]] std::optional<LastingVerdict> DecideAgain(const Policy& policy, const Facts& facts,
                                                        const Plan& plan, const ChargeRequest& request,
                                                        const ChargeResult& result, TimePoint now);

// Every lane the attempt could be answered in, for people: what Explain shows.
[[nodiscard]] std::vector<LaneReport> ReportLanes(const Policy& policy, const Facts& facts, const Plan& plan,
                                                  const ChargeRequest& request, const ChargeResult& result);

// The answer while the store cannot be asked and nothing is counted locally: what the lane's `on_store_loss`
// says of a refusal.
[[nodiscard]] Verdict DecideBlind(Lane lane, OnStoreLoss on_loss, bool can_challenge, TimePoint now);

}  // namespace latchkey
