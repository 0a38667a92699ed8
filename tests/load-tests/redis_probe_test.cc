#include "load-tests/redis_probe.h"

#include <gtest/gtest.h>

namespace latchkey::load {
namespace {

TEST(RedisProbeTest, CountsWhatAClientSends) {
  EXPECT_EQ(CommandOfMonitorLine(R"(1700000000.000001 [0 127.0.0.1:4711] "EVALSHA" "abc" "1" "key")"),
            "evalsha");
  EXPECT_EQ(CommandOfMonitorLine(R"(1700000000.000001 [0 unix:/run/redis.sock] "get" "key")"), "get");
}

TEST(RedisProbeTest, LeavesOutWhatAScriptCalls) {
  EXPECT_EQ(CommandOfMonitorLine(R"(1700000000.000001 [0 lua] "get" "key")"), "");
}

TEST(RedisProbeTest, IsNotMisledByArguments) {
  EXPECT_EQ(CommandOfMonitorLine(R"(1700000000.000001 [0 lua] "set" "key] " "] \"x")"), "");
  EXPECT_EQ(CommandOfMonitorLine("OK"), "");
}

}  // namespace
}  // namespace latchkey::load
