#include "tests/adapters/grpc/guard_fixture.h"

namespace latchkey {
namespace {

class OwnerCallsTest : public GuardServerTest {
 protected:
  std::string LogIn(const std::string& source, const std::string& device) {
    return Report(Assess(Login("alice", source)).attempt_token(), v1::OUTCOME_LOGIN_COMPLETE, device)
        .device_token();
  }

  v1::Lane LaneOf(const std::string& device_token) {
    v1::AssessRequest request = Login("alice", "203.0.113.9");
    request.set_device_token(device_token);
    return Assess(request).lane();
  }

  v1::ListDevicesResponse Devices(int page_size = 0, const std::string& page_token = "") {
    v1::ListDevicesRequest request;
    request.set_account("alice");
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    v1::ListDevicesResponse response;
    EXPECT_TRUE(stub_->ListDevices(As("shop-key").get(), request, &response).ok());
    return response;
  }
};

TEST_F(OwnerCallsTest, ConfirmOwnerOpensTheRecoveredLaneUntilRecoveriesAreSpent) {
  v1::ConfirmOwnerRequest request;
  request.set_account("alice");
  request.set_source("192.0.2.7");
  request.set_method(v1::ConfirmOwnerRequest::METHOD_MAIL_LINK);
  v1::ConfirmOwnerResponse response;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(stub_->ConfirmOwner(As("shop-key").get(), request, &response).ok());
    EXPECT_TRUE(response.recovery_open());
    v1::AssessRequest attempt = Login("alice", "203.0.113.9");
    attempt.set_recovery_token(response.recovery_token());
    EXPECT_EQ(Assess(attempt).lane(), v1::LANE_RECOVERED);
    EXPECT_EQ(LaneOf(response.device_token()), v1::LANE_DEVICE);
  }
  response.Clear();
  ASSERT_TRUE(stub_->ConfirmOwner(As("shop-key").get(), request, &response).ok());
  EXPECT_FALSE(response.recovery_open());
  EXPECT_EQ(response.refusal(), v1::ConfirmOwnerResponse::REFUSAL_RECOVERIES_SPENT);
  EXPECT_EQ(LaneOf(response.device_token()), v1::LANE_DEVICE) << "the device token works all the same";

  const auto code = [&](auto&& spoil) {
    v1::ConfirmOwnerRequest wrong = request;
    spoil(wrong);
    return stub_->ConfirmOwner(As("shop-key").get(), wrong, &response).error_code();
  };
  EXPECT_EQ(code([](auto& r) { r.clear_method(); }), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code([](auto& r) { r.set_source("nowhere"); }), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code([](auto& r) { r.set_method(v1::ConfirmOwnerRequest::METHOD_SUPPORT_DESK); }),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(OwnerCallsTest, DevicesAreListedNamedForgottenAndRevoked) {
  const std::string laptop = LogIn("192.0.2.1", "laptop");
  const std::string phone = LogIn("192.0.2.2", "phone");
  EXPECT_EQ(LaneOf(laptop), v1::LANE_DEVICE);
  ASSERT_EQ(Devices().devices_size(), 2);
  const v1::ListDevicesResponse first = Devices(1);
  ASSERT_EQ(first.devices_size(), 1);
  EXPECT_EQ(Devices(1, first.next_page_token()).devices_size(), 1);

  std::string laptop_id;
  const v1::ListDevicesResponse all = Devices();
  for (const v1::Device& device : all.devices()) {
    if (device.name() == "laptop") laptop_id = device.device_id();
  }
  v1::NameDeviceRequest rename;
  rename.set_account("alice");
  rename.set_device_id(laptop_id);
  rename.set_name("old laptop");
  v1::NameDeviceResponse named;
  ASSERT_TRUE(stub_->NameDevice(As("shop-key").get(), rename, &named).ok());
  EXPECT_EQ(named.device().name(), "old laptop");
  EXPECT_EQ(named.device().failures(), 1) << "the attempt above is still in flight";

  v1::ForgetDeviceRequest forget;
  forget.set_account("alice");
  forget.set_device_id(laptop_id);
  v1::ForgetDeviceResponse forgotten;
  ASSERT_TRUE(stub_->ForgetDevice(As("shop-key").get(), forget, &forgotten).ok());
  EXPECT_TRUE(forgotten.forgotten());
  ASSERT_TRUE(stub_->ForgetDevice(As("shop-key").get(), forget, &forgotten).ok());
  EXPECT_FALSE(forgotten.forgotten());
  EXPECT_EQ(LaneOf(laptop), v1::LANE_STRANGER);
  EXPECT_EQ(LaneOf(phone), v1::LANE_DEVICE);

  v1::RevokeDevicesRequest revoke;
  revoke.set_account("alice");
  revoke.set_mint_device_token(true);
  v1::RevokeDevicesResponse revoked;
  ASSERT_TRUE(stub_->RevokeDevices(As("shop-key").get(), revoke, &revoked).ok());
  EXPECT_EQ(revoked.revoked_count(), 1);
  EXPECT_EQ(LaneOf(phone), v1::LANE_STRANGER);
  EXPECT_EQ(LaneOf(revoked.device_token()), v1::LANE_DEVICE);
}

TEST_F(OwnerCallsTest, ARevocationThatAsksForNoTokenLeavesNoDevice) {
  const std::string laptop = LogIn("192.0.2.1", "laptop");
  v1::RevokeDevicesRequest revoke;
  revoke.set_account("alice");
  v1::RevokeDevicesResponse revoked;
  ASSERT_TRUE(stub_->RevokeDevices(As("shop-key").get(), revoke, &revoked).ok());
  EXPECT_EQ(revoked.revoked_count(), 1);
  EXPECT_EQ(revoked.device_token(), "");
  EXPECT_EQ(Devices().devices_size(), 0);
  EXPECT_EQ(LaneOf(laptop), v1::LANE_STRANGER);
}

TEST_F(OwnerCallsTest, FamiliarSourcesAreListedAndForgotten) {
  LogIn("192.0.2.1", "");
  LogIn("192.0.2.2", "");
  v1::ListSourcesRequest list;
  list.set_account("alice");
  v1::ListSourcesResponse sources;
  ASSERT_TRUE(stub_->ListSources(As("shop-key").get(), list, &sources).ok());
  ASSERT_EQ(sources.sources_size(), 2);

  v1::ForgetSourceRequest forget;
  forget.set_account("alice");
  forget.set_source("192.0.2.1");
  v1::ForgetSourceResponse forgotten;
  ASSERT_TRUE(stub_->ForgetSource(As("shop-key").get(), forget, &forgotten).ok());
  EXPECT_TRUE(forgotten.forgotten());
  EXPECT_EQ(Assess(Login("alice", "192.0.2.1")).lane(), v1::LANE_STRANGER);
  EXPECT_EQ(Assess(Login("alice", "192.0.2.2")).lane(), v1::LANE_FAMILIAR);
  forget.clear_target();
  EXPECT_EQ(stub_->ForgetSource(As("shop-key").get(), forget, &forgotten).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace latchkey
