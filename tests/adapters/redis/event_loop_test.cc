#include "adapters/redis/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "engine/base/turn.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::unique_ptr<EventLoop> NewLoop() { return *EventLoop::Start("loop-test"); }

TEST(EventLoopTest, RunsWhatManyThreadsPostEachInItsOrder) {
  std::array<std::vector<int>, 4> seen;  // The loop thread's alone.
  auto loop = NewLoop();
  std::vector<std::thread> posters;
  for (size_t who = 0; who < seen.size(); ++who) {
    posters.emplace_back([&, who] {
      for (int i = 0; i < 1000; ++i) loop->Post([&seen, who, i] { seen[who].push_back(i); });
    });
  }
  for (std::thread& poster : posters) poster.join();
  loop->RunAndWait([] {});
  for (const std::vector<int>& each : seen) {
    ASSERT_EQ(each.size(), 1000U);
    EXPECT_TRUE(std::is_sorted(each.begin(), each.end()));
  }
}

TEST(EventLoopTest, RunsWhatWasPostedBeforeItEnds) {
  std::atomic<int> ran{0};
  {
    auto loop = NewLoop();
    for (int i = 0; i < 100; ++i) loop->Post([&] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

TEST(EventLoopTest, WhatIsPutOffIsDoneOnceAllThatWasPostedTogetherHasRun) {
  std::vector<int> done;
  auto loop = NewLoop();
  loop->RunAndWait([&] {
    for (int i = 0; i < 3; ++i) {
      loop->Post([&done, i] {
        Turn::AtEnd([&done, i] { done.push_back(10 + i); });
        done.push_back(i);
      });
    }
  });
  loop = nullptr;  // Waits for all of it.
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2, 10, 11, 12}));
}

TEST(EventLoopTest, FiresTimersInTheOrderOfTheirTimesButNotCancelledOnes) {
  std::vector<int> fired;
  std::atomic<bool> done{false};
  auto loop = NewLoop();
  const SteadyTime start = steady_clock::now();
  loop->Post([&] {
    loop->StartTimer(start + milliseconds(20), [&] { fired.push_back(2); });
    loop->StartTimer(start + milliseconds(10), [&] { fired.push_back(1); });
    EventLoop::Timer cancelled = loop->StartTimer(start + milliseconds(15), [&] { fired.push_back(9); });
    loop->CancelTimer(cancelled);
    loop->StartTimer(start + milliseconds(30), [&] { done = true; });
  });
  while (!done) std::this_thread::yield();
  EXPECT_GE(steady_clock::now() - start, milliseconds(30));
  loop->RunAndWait([&] { EXPECT_EQ(fired, (std::vector<int>{1, 2})); });
}

TEST(EventLoopTest, CallsTheHandlerOfADescriptorUntilItIsUnwatched) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  std::atomic<int> calls{0};
  auto loop = NewLoop();
  loop->RunAndWait([&] {
    const absl::Status watching = loop->Watch(ends[0], EPOLLIN, [&](uint32_t events) {
      EXPECT_EQ(events, static_cast<uint32_t>(EPOLLIN));
      if (++calls == 2) loop->Unwatch(ends[0]);
    });
    EXPECT_TRUE(watching.ok()) << watching;
  });
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  while (calls < 2) std::this_thread::yield();
  loop->RunAndWait([] {});
  EXPECT_EQ(calls, 2);
  close(ends[0]);
  close(ends[1]);
}

TEST(EventLoopTest, KnowsItsOwnThread) {
  auto loop = NewLoop();
  EXPECT_FALSE(loop->InLoopThread());
  loop->RunAndWait([&] {
    EXPECT_TRUE(loop->InLoopThread());
    bool ran = false;
    loop->RunAndWait([&] { ran = true; });  // No deadlock.
    EXPECT_TRUE(ran);
  });
}

}  // namespace
}  // namespace latchkey
