#include "adapters/redis/info.h"

#include <gtest/gtest.h>

#include <limits>

namespace latchkey {
namespace {

constexpr char kInfo[] =
    "# Memory\r\nused_memory_human:1.00K\r\nused_memory:1024\r\nmaxmemory_policy:noeviction\r\n\r\n"
    "# Server\r\nrun_id:8f3a\r\nexecutable:/opt/a:b\r\nconfig_file:\r\nskew:-3\r\n";

TEST(InfoTest, AFieldIsTheRestOfTheLineOfItsWholeName) {
  EXPECT_EQ(InfoField(kInfo, "run_id"), "8f3a");
  EXPECT_EQ(InfoField(kInfo, "used_memory"), "1024") << "not that of used_memory_human";
  EXPECT_EQ(InfoField(kInfo, "executable"), "/opt/a:b");
  EXPECT_EQ(InfoField(kInfo, "config_file"), "");
  EXPECT_EQ(InfoField("role:master", "role"), "master") << "without an end of its line";
}

TEST(InfoTest, ThereIsNoFieldOfAnotherName) {
  EXPECT_EQ(InfoField(kInfo, "used_mem"), std::nullopt);
  EXPECT_EQ(InfoField(kInfo, "memory"), std::nullopt) << "the end of a name";
  EXPECT_EQ(InfoField(kInfo, "used_memory_human:1.00K"), std::nullopt);
  EXPECT_EQ(InfoField(kInfo, "# Memory"), std::nullopt);
  EXPECT_EQ(InfoField("", "role"), std::nullopt);
  EXPECT_EQ(InfoField("role", "role"), std::nullopt);
}

TEST(InfoTest, ANumberIsAWholeOneAndNothingElse) {
  EXPECT_EQ(InfoNumber(kInfo, "used_memory"), 1024);
  EXPECT_EQ(InfoNumber(kInfo, "skew"), -3);
  EXPECT_EQ(InfoNumber(kInfo, "used_memory_human"), std::nullopt);
  EXPECT_EQ(InfoNumber(kInfo, "config_file"), std::nullopt);
  EXPECT_EQ(InfoNumber(kInfo, "absent"), std::nullopt);
  EXPECT_EQ(InfoNumber("n:9223372036854775807\r\n", "n"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(InfoNumber("n:9223372036854775808\r\n", "n"), std::nullopt);
}

}  // namespace
}  // namespace latchkey
