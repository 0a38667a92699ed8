// weakforced, a window of reused buckets: depending on the second at which a key was first touched (the
// client chooses it), up to nine in ten counts were lost, so an attacker was let in far above the limit.
#include <gtest/gtest.h>

#include <deque>

#include "tests/support/engine_rig.h"

namespace latchkey {
namespace {

TEST(WindowPhasesTest, NoPhaseAndNoPaceBringsMoreThanTheLimitInAnyWindow) {
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  for (int phase = 0; phase < 15; ++phase) {
    for (const milliseconds pace : {milliseconds(250), milliseconds(7'001), milliseconds(61'000)}) {
      EngineRig rig;
      AttemptFields fields;
      fields.account = "victim";
      fields.source = "203.0.113.9";
      rig.clock().Advance(minutes(phase) + milliseconds(phase));
      std::deque<TimePoint> admitted;
      for (int i = 0; i < 700; ++i) {
        if (rig.Try(fields, Outcome::kWrong).verdict.action == Action::kAllow) admitted.push_back(rig.now());
        while (!admitted.empty() && admitted.front() <= rig.now() - minutes(15)) admitted.pop_front();
        ASSERT_LE(admitted.size(), 5U) << "phase " << phase << ", pace " << pace.count() << " ms";
        rig.clock().Advance(pace);
      }
    }
  }
}

}  // namespace
}  // namespace latchkey
