#include "adapters/messages/message_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "adapters/messages/webhook_signature.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_keys.h"

namespace latchkey {
namespace {

constexpr TimePoint kNow{std::chrono::seconds(1'796'000'581)};

class MessageWriterTest : public testing::Test {
 protected:
  std::string Secret(const std::string& name, const std::string& bytes) {
    std::string path = folder_.File(name);
    ScratchFolder::Write(path, bytes);
    chmod(path.c_str(), 0600);
    return path;
  }
  static std::map<std::string, std::string> Headers(const DeliveryRequest& request) {
    return {request.headers.begin(), request.headers.end()};
  }

  ScratchFolder folder_;
  const std::string old_ = std::string(32, 'o');
  const std::string fresh_ = std::string(32, 'n');
};

TEST_F(MessageWriterTest, SignsAWebhookWithEachOfItsSecrets) {
  const DeliveryTarget hook{.name = "hook",
                            .url = "https://hook.example/in",
                            .secret_files = {Secret("old", old_), Secret("new", fresh_)}};
  const auto writer = SigningMessageWriter::Create({hook}, "prod", TextsMayHold::kPseudonyms);
  ASSERT_TRUE(writer.ok()) << writer.status();
  const OutboxEntry entry{.notice_id = "standing-1", .payload = "{}", .attempts = 3, .replays = 1};
  const auto request = (*writer)->Request(hook, entry, kNow);
  ASSERT_TRUE(request.ok());
  auto headers = Headers(*request);
  EXPECT_EQ(request->url, "https://hook.example/in");
  EXPECT_EQ(request->body, "{}");
  EXPECT_EQ(headers["webhook-id"], "standing-1");
  EXPECT_EQ(headers["webhook-timestamp"], "1796000581");
  EXPECT_EQ(headers["webhook-signature"], WebhookSignature({old_, fresh_}, "standing-1", 1796000581, "{}"));
  EXPECT_EQ(headers["latchkey-attempt"], "3");
  EXPECT_EQ(headers["latchkey-replay"], "1");
}

TEST_F(MessageWriterTest, TakesOverARotatedSecretAndKeepsTheOldOnesWhenOneIsWrong) {
  const DeliveryTarget hook{.name = "hook", .secret_files = {Secret("secret", old_)}};
  const auto writer = *SigningMessageWriter::Create({hook}, "prod", TextsMayHold::kPseudonyms);
  const auto signature = [&] {
    return Headers(*writer->Request(hook, {.notice_id = "i", .payload = "p"}, kNow))["webhook-signature"];
  };
  Secret("secret", "short");
  const absl::Status wrong = writer->Reload();
  EXPECT_FALSE(wrong.ok());
  EXPECT_NE(wrong.message().find("delivery target 'hook'"), std::string::npos);
  EXPECT_EQ(signature(), WebhookSignature({old_}, "i", 1796000581, "p"));
  Secret("secret", fresh_);
  EXPECT_TRUE(writer->Reload().ok());
  EXPECT_EQ(signature(), WebhookSignature({fresh_}, "i", 1796000581, "p"));
}

TEST_F(MessageWriterTest, PushesASignedSecurityEventToken) {
  const std::string pem = NewPrivateKey("P-256");
  const DeliveryTarget idp{.name = "idp",
                           .url = "https://idp.example/events",
                           .format = MessageFormat::kSecurityEvent,
                           .key_file = Secret("key", pem),
                           .issuer = "https://me.example",
                           .audience = "https://idp.example",
                           .authorization_file = Secret("auth", "Bearer let-me-in\n")};
  const auto writer = *SigningMessageWriter::Create({idp}, "prod", TextsMayHold::kPseudonyms);
  const auto payload = writer->Payload(idp, TestNotice("idp", 1, kNow));
  ASSERT_TRUE(payload);
  const auto request = *writer->Request(idp, {.payload = *payload, .attempts = 1}, kNow);
  auto headers = Headers(request);
  EXPECT_EQ(headers["content-type"], "application/secevent+jwt");
  EXPECT_EQ(headers["accept"], "application/json");
  EXPECT_EQ(headers["authorization"], "Bearer let-me-in");
  EXPECT_TRUE(TokenVerifies(request.body, pem));
  EXPECT_EQ(nlohmann::json::parse(TokenPart(request.body, 0))["typ"], "secevent+jwt");
  EXPECT_EQ(TokenPart(request.body, 1), *payload);
}

TEST_F(MessageWriterTest, DoesNotBeginWithoutItsSecrets) {
  const DeliveryTarget hook{.name = "hook", .secret_files = {folder_.File("none")}};
  EXPECT_EQ(SigningMessageWriter::Create({hook}, "prod", TextsMayHold::kPseudonyms).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace latchkey
