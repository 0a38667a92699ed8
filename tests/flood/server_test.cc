// latchkeyd on a Redis that fills up: it says so, and answers go on.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "latchkey/v1/guard.grpc.pb.h"
#include "tests/support/latchkeyd.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

TEST(FloodedServerTest, SaysThatRedisFillsUpAndAnswersOn) {
  RedisServer redis;
  Latchkeyd server({"--store", redis.url(), "--redis-command-timeout", "10s"});
  const auto guard = v1::LoginGuardService::NewStub(
      grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
  auto assess = [&guard] {
    v1::AssessRequest request;
    request.set_account("invented");
    request.set_source("203.0.113.9");
    v1::AssessResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(guard->Assess(&context, request, &response).ok());
    EXPECT_FALSE(response.degraded());
    return response.action();
  };
  redis.Command({"CONFIG", "SET", "maxmemory", "3mb"});
  redis.Command({"SETRANGE", "lk:{dev:ballast}", "1500000", "x"});
  ASSERT_TRUE(server.AwaitLog("Redis is filling up"));
  EXPECT_EQ(assess(), v1::ACTION_ALLOW);
  EXPECT_EQ(redis.Command({"EXISTS", "lk:{dev:f}"}), "1");
  redis.Command({"DEL", "lk:{dev:ballast}"});
  ASSERT_TRUE(server.AwaitLog("Redis has room again"));
  EXPECT_EQ(assess(), v1::ACTION_ALLOW);
}

}  // namespace
}  // namespace latchkey
