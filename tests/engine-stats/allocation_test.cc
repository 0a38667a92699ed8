// What the statistics ask of the heap on the way of a decision: nothing. A program of its own, since it
// counts all allocations of the process.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "engine/stats/stats_observer.h"

namespace {

thread_local int64_t blocks = 0;

}  // namespace

// Never inlined: the compiler would see memory of one kind freed as another.
[[gnu::noinline]] void* operator new(size_t size) {
  ++blocks;
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, size_t /*size*/) noexcept { std::free(block); }

namespace latchkey {
namespace {

constexpr TimePoint kNow{std::chrono::hours(24 * 365 * 50)};

TEST(StatsAllocationTest, ADecisionAndAReportTakeNoMemoryOnceTheirNamesAreKnown) {
  DecisionStats stats({});
  StatsObserver observer(stats);
  AttemptFields fields;
  fields.account = "a name that is longer than what a string keeps in itself";
  fields.source = "192.0.2.7";
  const absl::StatusOr<Attempt> attempt = Attempt::Create(fields);
  ASSERT_TRUE(attempt.ok());
  Facts facts;
  facts.account = {0, 1};
  Decision allowed;
  allowed.id = 1;
  Decision refused = allowed;
  refused.verdict.action = Action::kLockout;
  refused.verdict.until = kNow + std::chrono::hours(1);
  LimitReport reason;
  reason.rule = "a rule whose id is longer than what a string keeps in itself";
  refused.verdict.reasons = Reasons({reason});
  const auto decide = [&] {
    observer.OnDecision(*attempt, facts, allowed);
    observer.OnDecision(*attempt, facts, refused);
    observer.OnReport({}, Outcome::kWrong, kNow);
    stats.latency().Add(TimedOp::kDecision, std::chrono::microseconds(3));
  };
  decide();
  EXPECT_GT(blocks, 0) << "it counts";
  const int64_t before = blocks;
  // More than a notebook holds.
  for (int i = 0; i < 10'000; ++i) decide();
  EXPECT_EQ(blocks, before);
}

}  // namespace
}  // namespace latchkey
