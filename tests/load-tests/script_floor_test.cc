#include "load-tests/script_floor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey::load {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ScriptFloorTest, ReadsBackEveryByteOfACommandThatMonitorShows) {
  EXPECT_THAT(
      WordsOfMonitorLine(R"(1700000000.000001 [0 127.0.0.1:4711] "EVALSHA" "abc" "1" "\x00\xff\n\t\\\"] x")"),
      ElementsAre("EVALSHA", "abc", "1", std::string("\x00\xff\n\t\\\"] x", 9)));
  EXPECT_THAT(WordsOfMonitorLine(R"(1700000000.000001 [0 unix:/run/redis.sock] "get" "")"),
              ElementsAre("get", ""));
}

TEST(ScriptFloorTest, LeavesOutWhatAScriptCalls) {
  EXPECT_THAT(WordsOfMonitorLine(R"(1700000000.000001 [0 lua] "get" "key")"), IsEmpty());
  EXPECT_THAT(WordsOfMonitorLine("OK"), IsEmpty());
}

}  // namespace
}  // namespace latchkey::load
