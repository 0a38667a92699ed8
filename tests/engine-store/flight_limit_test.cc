#include "engine/store/flight_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace latchkey {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr FlightLimit::Queue kFew{.min = 2, .max = 4};

// A store that does one thing at a time, behind a network, asked by somebody who always has more to ask.
class BusyStore {
 public:
  BusyStore(FlightLimit& limit, nanoseconds network, nanoseconds work)
      : limit_(limit), network_(network), work_(work) {}

  void set_work(nanoseconds work) { work_ = work; }

  // Answers so many, and says which part of that time the store had something to do.
  double Answer(int count) {
    const nanoseconds began = now_;
    const nanoseconds worked = worked_;
    for (int i = 0; i < count; ++i) {
      while (under_way_.size() < limit_.now()) Send();
      const Sent next = under_way_.front();
      under_way_.pop_front();
      now_ = next.answered;
      limit_.OnAnswer(next.answered - next.at, next.under_way);
    }
    return static_cast<double>((worked_ - worked).count()) / static_cast<double>((now_ - began).count());
  }

 private:
  struct Sent {
    nanoseconds at;
    nanoseconds answered;
    size_t under_way;
  };

  void Send() {
    free_ = std::max(now_ + network_ / 2, free_) + work_;
    worked_ += work_;
    under_way_.push_back({now_, free_ + network_ / 2, under_way_.size() + 1});
  }

  FlightLimit& limit_;
  const nanoseconds network_;
  nanoseconds work_;
  nanoseconds now_{0};
  nanoseconds free_{0};
  nanoseconds worked_{0};
  std::deque<Sent> under_way_;
};

TEST(FlightLimitTest, LetsAFewThroughToAStoreBesideUs) {
  FlightLimit limit(64, kFew);
  BusyStore store(limit, microseconds(100), microseconds(30));
  store.Answer(5'000);
  EXPECT_GT(store.Answer(1'000), 0.95);
  EXPECT_GE(limit.now(), 4U);
  EXPECT_LE(limit.now(), 10U);
}

TEST(FlightLimitTest, LetsSoManyQueueInTheStoreAsAreWanted) {
  FlightLimit limit(64, {.min = 16, .max = 24});
  BusyStore store(limit, microseconds(100), microseconds(30));
  store.Answer(5'000);
  EXPECT_GE(limit.now(), 18U);
  EXPECT_LE(limit.now(), 30U);
}

TEST(FlightLimitTest, LetsMoreThroughToAStoreFarAway) {
  FlightLimit limit(64, kFew);
  BusyStore store(limit, microseconds(1'000), microseconds(30));
  store.Answer(200);
  EXPECT_GT(store.Answer(1'000), 0.95) << "within a few round trips";
  store.Answer(5'000);
  EXPECT_GE(limit.now(), 34U);
  EXPECT_LE(limit.now(), 42U);
}

TEST(FlightLimitTest, NeverLetsMoreThroughThanItsBound) {
  FlightLimit limit(12, kFew);
  BusyStore store(limit, microseconds(5'000), microseconds(1));
  store.Answer(5'000);
  EXPECT_EQ(limit.now(), 12U);
}

TEST(FlightLimitTest, LetsFewerThroughOnceTheStoreIsSlower) {
  FlightLimit limit(64, kFew);
  BusyStore store(limit, microseconds(1'000), microseconds(30));
  store.Answer(5'000);
  const size_t before = limit.now();
  store.set_work(microseconds(300));
  store.Answer(5'000);
  EXPECT_LT(limit.now(), before / 2);
}

TEST(FlightLimitTest, LearnsAnewHowQuickTheStoreIs) {
  FlightLimit limit(64, kFew);
  BusyStore store(limit, microseconds(100), microseconds(30));
  store.Answer(1'000);
  store.set_work(microseconds(600));
  store.Answer(FlightLimit::kRoundsTrusted * 10);
  EXPECT_GE(limit.now(), 2U) << "slow is the new quick";
  EXPECT_LE(limit.now(), 10U);
}

TEST(FlightLimitTest, DoesNotGrowWhileNobodyWaits) {
  FlightLimit limit(64, kFew);
  for (int i = 0; i < 1'000; ++i) limit.OnAnswer(microseconds(100), 1);
  EXPECT_EQ(limit.now(), FlightLimit::kFirst);
}

}  // namespace
}  // namespace latchkey
