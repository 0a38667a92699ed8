#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;

TEST(StatusVerbTest, OfAnAccountShowsItsLanes) {
  FakeServer server;
  server.stats.describe.answer.set_device_count(2);
  auto& lane = *server.stats.describe.answer.add_lanes();
  lane.set_lane(v1::LANE_STRANGER);
  lane.set_action(v1::ACTION_CHALLENGE);
  const Ran ran = server.Run({"status", "alice"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("stranger"));
  EXPECT_THAT(ran.out, HasSubstr("CHALLENGE"));
}

TEST(StatusVerbTest, WithoutAnAccountSumsUp) {
  FakeServer server;
  server.stats.summary.answer.set_decisions(42);
  const Ran ran = server.Run({"status", "--span", "2h"});
  EXPECT_EQ(server.stats.summary.asked.span().seconds(), 7200);
  EXPECT_THAT(ran.out, HasSubstr("42"));
}

TEST(TopVerbTest, ReadsAllPagesUpToItsLimit) {
  FakeServer server;
  const auto accounts = nlohmann::json::parse(server.Run({"top", "-o", "json"}).out)["accounts"];
  EXPECT_EQ(accounts.size(), 2U);
  const auto one = nlohmann::json::parse(server.Run({"top", "accounts", "--limit", "1", "-o", "json"}).out);
  EXPECT_EQ(one["accounts"].size(), 1U);
  EXPECT_EQ(server.Run({"top", "sources"}).code, ExitCode::kOk);
  EXPECT_EQ(server.Run({"top", "planets"}).code, ExitCode::kUsage);
}

TEST(WatchVerbTest, PrintsOneJsonObjectALineAndEndsAfterItsCount) {
  FakeServer server;
  for (const char* id : {"first", "second", "third"}) {
    v1::DecisionEvent event;
    event.set_decision_id(id);
    event.set_action(v1::ACTION_THROTTLE);
    server.stats.decisions.push_back(event);
  }
  const Ran ran = server.Run({"watch", "--count", "2", "-o", "json"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  std::istringstream lines(ran.out);
  std::vector<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    ids.push_back(nlohmann::json::parse(line)["decision_id"].get<std::string>());
  }
  EXPECT_THAT(ids, ::testing::ElementsAre("first", "second"));
}

TEST(HealthVerbTest, EndsWithFiveUnlessServing) {
  FakeServer server;
  EXPECT_EQ(server.Run({"health"}).code, ExitCode::kOk);
  server.health.status = grpc::health::v1::HealthCheckResponse::NOT_SERVING;
  const Ran ran = server.Run({"health", "-o", "json"});
  EXPECT_EQ(ran.code, ExitCode::kUnavailable);
  EXPECT_EQ(nlohmann::json::parse(ran.out)["status"], "NOT_SERVING");
}

}  // namespace
}  // namespace latchkey::cli
