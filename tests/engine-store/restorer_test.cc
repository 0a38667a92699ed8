#include "engine/store/restorer.h"

#include <gtest/gtest.h>

#include "adapters/memory/memory_signal_store.h"
#include "engine/signal/record_codec.h"
#include "tests/support/fake_clock.h"
#include "tests/support/policy_builder.h"

namespace latchkey {
namespace {

using std::chrono::seconds;

Key KeyOf(uint64_t n) { return {.high = (n << 8U) + 1, .low = n * 77}; }

class RestorerTest : public testing::Test {
 protected:
  Record Charged(int charges) {
    Record record;
    record.series = {{{2, 0}, {}}};
    for (int i = 0; i < charges; ++i)
      record.series[0].entries.push_back({.at = clock_.Now() - seconds(100 - i)});
    return record;
  }
  int64_t CountOf(const Key& key) {
    int64_t count = 0;
    store_.Read({key, key}, seconds(1), [&](absl::StatusOr<ShardRecords> records) {
      for (const Series& series : records->account->series)
        count += static_cast<int64_t>(series.entries.size());
    });
    return count;
  }
  void Finish() {
    for (int i = 0; i < 1000 && restorer_.counts().running; ++i) restorer_.Step();
  }

  FakeClock clock_;
  MemorySignalStore store_{clock_, {}};
  RecordMemory memory_{{}};
  PolicyHolder policies_{MustCompile(StorefrontSpec())};
  Restorer restorer_{store_, memory_, policies_, {.step_max = 10, .in_flight_max = 5}};
};

TEST_F(RestorerTest, PutsBackWhatIsGone) {
  for (uint64_t n = 1; n <= 300; ++n) memory_.Remember(KeyOf(n), EncodeRecord(Charged(3)), clock_.Now());
  restorer_.Start(clock_.Now() - seconds(60));
  Finish();
  EXPECT_FALSE(restorer_.counts().running);
  EXPECT_EQ(restorer_.counts().restored, 300U);
  for (uint64_t n = 1; n <= 300; ++n) ASSERT_EQ(CountOf(KeyOf(n)), 3);
}

TEST_F(RestorerTest, AStepIsSmall) {
  for (uint64_t n = 1; n <= 300; ++n) memory_.Remember(KeyOf(n), EncodeRecord(Charged(3)), clock_.Now());
  restorer_.Start(clock_.Now() - seconds(60));
  restorer_.Step();
  EXPECT_LE(restorer_.counts().restored, 10U);
}

TEST_F(RestorerTest, AddsToWhatWasChargedSince) {
  memory_.Remember(KeyOf(1), EncodeRecord(Charged(3)), clock_.Now());
  store_.Update(
      KeyOf(1),
      [&](Record& record, TimePoint now) {
        record.series = {{{2, 0}, {{.at = now}}}};
      },
      seconds(999), seconds(1), [](const absl::StatusOr<Record>&) {});
  restorer_.Start(clock_.Now() - seconds(60));
  Finish();
  EXPECT_EQ(CountOf(KeyOf(1)), 4);
}

TEST_F(RestorerTest, ManyNodesPutBackTheSame) {
  for (int node = 0; node < 4; ++node) {
    RecordMemory memory({});
    memory.Remember(KeyOf(1), EncodeRecord(Charged(2 + node)), clock_.Now());
    Restorer restorer(store_, memory, policies_, {});
    restorer.Start(clock_.Now() - seconds(60));
    for (int i = 0; i < 100 && restorer.counts().running; ++i) restorer.Step();
  }
  EXPECT_EQ(CountOf(KeyOf(1)), 5);
}

TEST_F(RestorerTest, LeavesAloneWhatIsOlderThanAsked) {
  memory_.Remember(KeyOf(1), EncodeRecord(Charged(3)), clock_.Now());
  clock_.Advance(seconds(60));
  restorer_.Start(clock_.Now() - seconds(10));
  Finish();
  EXPECT_EQ(CountOf(KeyOf(1)), 0);
}

}  // namespace
}  // namespace latchkey
