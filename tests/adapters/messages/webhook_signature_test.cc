#include "adapters/messages/webhook_signature.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace latchkey {
namespace {

// The worked example that libraries of Standard Webhooks test themselves with.
constexpr char kSecret[] = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kSigned[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string Decoded(const char* base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64, &bytes));
  return bytes;
}

TEST(WebhookSignatureTest, IsThatOfStandardWebhooks) {
  EXPECT_EQ(WebhookSignature({Decoded(kSecret)}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                             "{\"test\": 2432232314}"),
            kSigned);
}

TEST(WebhookSignatureTest, HasOneForEachSecret) {
  const std::string both =
      WebhookSignature({"another secret", Decoded(kSecret)}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                       "{\"test\": 2432232314}");
  EXPECT_EQ(both.substr(both.find(' ') + 1), kSigned);
}

TEST(WebhookSignatureTest, ChangesWithEverythingThatIsSigned) {
  const std::string one = WebhookSignature({"secret"}, "id", 1, "body");
  EXPECT_NE(WebhookSignature({"Secret"}, "id", 1, "body"), one);
  EXPECT_NE(WebhookSignature({"secret"}, "ie", 1, "body"), one);
  EXPECT_NE(WebhookSignature({"secret"}, "id", 2, "body"), one);
  EXPECT_NE(WebhookSignature({"secret"}, "id", 1, "bodx"), one);
}

}  // namespace
}  // namespace latchkey
