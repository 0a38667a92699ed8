#include "adapters/redis/redis_backend.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/adapters/redis/test_connection.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

absl::StatusCode CodeOf(RedisSettings settings) {
  return RedisBackend::Open(settings, nullptr).status().code();
}

TEST(RedisBackendTest, RefusesSettingsThatCannotWork) {
  EXPECT_EQ(CodeOf({.url = "redis://"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.url = "redis+cluster://a/1"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.url = "redis+sentinel://a"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.url = "redis+sentinel://a/main", .sentinel = {.user = "somebody"}}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.environment = ""}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.environment = "a}b"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.threads = 0}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({.url = "rediss://a", .tls = {.ca_file = "/nonexistent"}}),
            absl::StatusCode::kInvalidArgument);
}

TEST(RedisBackendTest, StartsWithoutAServerSaysWhyAndComesUpWithAllItsConnections) {
  RedisServer server{RedisServer::Unlimited()};
  server.Stop();
  Inbox<std::pair<bool, std::string>> states;
  RedisSettings settings;
  settings.url = server.url();
  settings.threads = 3;
  settings.connection = TestConnection::Patient();
  const auto backend = RedisBackend::Open(settings, [&](bool up, const absl::Status& why) {
    states.Put({up, std::string(why.message())});
  });
  ASSERT_TRUE(backend.ok()) << backend.status();
  EXPECT_EQ((*backend)->display(), server.url());
  const auto first = states.Await(3);
  ASSERT_EQ(first.size(), 3U);
  EXPECT_FALSE(first[2].first);
  EXPECT_NE(first[2].second.find("refused"), std::string::npos) << first[2].second;
  EXPECT_FALSE((*backend)->up());
  server.Restart();
  const auto all = states.Await(6);
  ASSERT_EQ(all.size(), 6U);
  EXPECT_FALSE(all[4].first) << "two of three are not all";
  EXPECT_TRUE(all[5].first);
  EXPECT_TRUE((*backend)->up());
}

}  // namespace
}  // namespace latchkey
