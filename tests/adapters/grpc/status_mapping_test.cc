#include "adapters/grpc/status_mapping.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

TEST(StatusMappingTest, CodesAndMessagesPassThrough) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  const grpc::Status aborted = ToGrpc(absl::AbortedError("revision 4 is in force"));
  EXPECT_EQ(aborted.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(aborted.error_message(), "revision 4 is in force");
}

TEST(StatusMappingTest, AWrongFieldIsNamedInTheDetailsToo) {
  const grpc::Status status = ToGrpc(absl::InvalidArgumentError("source: not an address"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "source: not an address");
  const std::string details = status.error_details();
  EXPECT_NE(details.find("type.googleapis.com/google.rpc.BadRequest"), std::string::npos);
  EXPECT_NE(details.find(std::string("\n\x06source\x12\x0enot an address", 24)), std::string::npos);
}

TEST(StatusMappingTest, AFieldIsOnlyWhatLooksLikeOne) {
  EXPECT_EQ(FieldOf("source: not an address"), "source");
  EXPECT_EQ(FieldOf("events[3].source: not an address"), "events[3].source");
  EXPECT_EQ(FieldOf("Something: else"), "");
  EXPECT_EQ(FieldOf("two words: else"), "");
  EXPECT_EQ(FieldOf(": else"), "");
  EXPECT_EQ(FieldOf("source"), "");
  EXPECT_EQ(FieldOf(""), "");
}

TEST(StatusMappingTest, ALongMessageIsCutAtALineSoThatClientsTakeIt) {
  std::string message = "text: the policy is wrong";
  for (int i = 0; i < 500; ++i) message += "\n12:3: this is wrong; write that";
  const grpc::Status status = ToGrpc(absl::InvalidArgumentError(message));
  EXPECT_LT(status.error_message().size() + status.error_details().size(), 5000U);
  EXPECT_EQ(status.error_message().substr(status.error_message().rfind('\n')), "\n(and more)");
  EXPECT_NE(status.error_message().find("write that\n(and more)"), std::string::npos);
}

TEST(StatusMappingTest, CallersDoNotLearnWhatBrokeInside) {
  const grpc::Status status = ToGrpc(absl::InternalError("redis at 10.0.0.7 said WRONGTYPE"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().find("redis"), std::string::npos);
}

}  // namespace
}  // namespace latchkey
