#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;

TEST(ConfirmOwnerVerbTest, SendsHowTheOwnerProvedHimselfAndShowsTheTokens) {
  FakeServer server;
  server.guard.confirm_owner.answer.set_recovery_open(true);
  server.guard.confirm_owner.answer.set_recovery_token("for this browser");
  const Ran ran = server.Run(
      {"confirm-owner", "alice", "192.0.2.7", "--method", "support-desk", "--reason", "passport seen"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_EQ(server.guard.confirm_owner.asked.method(), v1::ConfirmOwnerRequest::METHOD_SUPPORT_DESK);
  EXPECT_EQ(server.guard.confirm_owner.asked.reason(), "passport seen");
  EXPECT_THAT(ran.out, HasSubstr("for this browser"));
}

TEST(DevicesVerbTest, ListsDevicesWithNamesMadeSafe) {
  FakeServer server;
  auto& device = *server.guard.list_devices.answer.add_devices();
  device.set_device_id("0123456789ab");
  device.set_name("laptop\x1b[31m");
  const Ran ran = server.Run({"devices", "list", "alice"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("0123456789ab"));
  EXPECT_THAT(ran.out, HasSubstr("laptop\\x1b[31m"));
}

TEST(DevicesVerbTest, ForgettingWhatIsNotThereEndsWithFour) {
  FakeServer server;
  EXPECT_EQ(server.Run({"devices", "forget", "alice", "0123456789ab"}).code, ExitCode::kNotFound);
  server.guard.forget_device.answer.set_forgotten(true);
  EXPECT_EQ(server.Run({"devices", "forget", "alice", "0123456789ab"}).code, ExitCode::kOk);
}

TEST(SourcesVerbTest, ForgetsByIdOrByAddressButNotBoth) {
  FakeServer server;
  server.guard.forget_source.answer.set_forgotten(true);
  EXPECT_EQ(server.Run({"sources", "forget", "alice", "--address", "192.0.2.7"}).code, ExitCode::kOk);
  EXPECT_EQ(server.guard.forget_source.asked.source(), "192.0.2.7");
  EXPECT_EQ(server.Run({"sources", "forget", "alice", "ab", "--address", "192.0.2.7"}).code,
            ExitCode::kUsage);
  EXPECT_EQ(server.Run({"sources", "forget", "alice"}).code, ExitCode::kUsage);
}

TEST(RevokeDevicesVerbTest, SaysHowManyItMet) {
  FakeServer server;
  server.guard.revoke_devices.answer.set_revoked_count(3);
  EXPECT_THAT(server.Run({"revoke-devices", "alice", "--mint"}).out, HasSubstr("3 devices"));
  EXPECT_TRUE(server.guard.revoke_devices.asked.mint_device_token());
}

}  // namespace
}  // namespace latchkey::cli
