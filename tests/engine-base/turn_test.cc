#include "engine/base/turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TurnTest, WithoutATurnEverythingIsDoneAtOnce) {
  std::vector<int> done;
  Turn::AtEnd([&] { done.push_back(1); });
  EXPECT_THAT(done, ElementsAre(1));
}

TEST(TurnTest, WhatIsPutOffIsDoneInItsOrderWhenTheTurnEnds) {
  std::vector<int> done;
  {
    const Turn turn;
    Turn::AtEnd([&] { done.push_back(1); });
    Turn::AtEnd([&] { done.push_back(2); });
    EXPECT_THAT(done, IsEmpty());
  }
  EXPECT_THAT(done, ElementsAre(1, 2));
}

TEST(TurnTest, AnInnerTurnIsAPartOfTheOuterOne) {
  std::vector<int> done;
  {
    const Turn outer;
    {
      const Turn inner;
      Turn::AtEnd([&] { done.push_back(1); });
    }
    EXPECT_THAT(done, IsEmpty());
  }
  EXPECT_THAT(done, ElementsAre(1));
}

TEST(TurnTest, WhatIsPutOffAtTheEndIsDoneAfterAllElse) {
  std::vector<int> done;
  {
    const Turn turn;
    Turn::AtEnd([&] {
      Turn::AtEnd([&] { done.push_back(3); });
      done.push_back(1);
    });
    Turn::AtEnd([&] { done.push_back(2); });
  }
  EXPECT_THAT(done, ElementsAre(1, 2, 3));
}

TEST(TurnTest, LetsGoOfWhatATaskHeld) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  {
    const Turn turn;
    Turn::AtEnd([held = std::move(held)] {});
    EXPECT_FALSE(watched.expired());
  }
  EXPECT_TRUE(watched.expired());
}

TEST(TurnTest, IsAThreadsOwn) {
  const Turn turn;
  bool done = false;
  std::thread([&] { Turn::AtEnd([&] { done = true; }); }).join();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace latchkey
