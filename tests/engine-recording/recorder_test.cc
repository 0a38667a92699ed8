// What of an attempt goes into a recording.
#include "engine/recording/recorder.h"

#include <gtest/gtest.h>

#include "engine/attempt/plain_sealer.h"
#include "engine/recording/event_codec.h"
#include "engine/recording/frames.h"
#include "engine/store/nothing_revoked.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

class OneBid final : public StakePresence {
 public:
  [[nodiscard]] bool Any(const Key& account, TimePoint now) const override {
    return account == Key{0, 1} && now < TimePoint(1h);
  }
};

// The policy need not heed stakes: the recording is for one that might.
TEST(RecorderTest, SaysWhetherSomethingWasAtStakeThen) {
  const PlainSealer sealer;
  const NothingRevoked revocations;
  const PolicyHolder policies(MustCompile(StorefrontSpec()));
  const OneBid bid;
  const auto at_stake = [&](const StakePresence* stakes, uint64_t account, TimePoint at) {
    RecordingQueue queue(10'000);
    Recorder recorder({.sealer = sealer,
                       .revocations = revocations,
                       .policies = policies,
                       .queue = queue,
                       .stakes = stakes},
                      {});
    AttemptFields fields;
    fields.account = "alice";
    fields.source = "192.0.2.7";
    const absl::StatusOr<Attempt> attempt = Attempt::Create(fields);
    Facts facts;
    facts.account = Key{0, account};
    Decision decision;
    decision.at = at;
    recorder.OnDecision(*attempt, facts, decision);
    const std::string frames = queue.Take().frames;
    const auto event = DecodeEvent(std::string_view(frames).substr(kFrameHead));
    EXPECT_TRUE(event.has_value());
    return event && std::get<RecordedAttempt>(*event).at_stake;
  };
  EXPECT_TRUE(at_stake(&bid, 1, TimePoint(59min)));
  EXPECT_FALSE(at_stake(&bid, 1, TimePoint(1h)));
  EXPECT_FALSE(at_stake(&bid, 2, TimePoint(59min)));
  EXPECT_FALSE(at_stake(nullptr, 1, TimePoint(59min)));
}

}  // namespace
}  // namespace latchkey
