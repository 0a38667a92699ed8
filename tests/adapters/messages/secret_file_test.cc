#include "adapters/messages/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

class SecretFileTest : public testing::Test {
 protected:
  std::string Write(const std::string& bytes, mode_t mode = 0600) {
    std::string path = folder_.File("secret");
    ScratchFolder::Write(path, bytes);
    chmod(path.c_str(), mode);
    return path;
  }
  ScratchFolder folder_;
};

TEST_F(SecretFileTest, ReadsASecretAsItIsOrInBase64) {
  EXPECT_EQ(*ReadWebhookSecret(Write("a secret of twenty-four b\n")), "a secret of twenty-four b");
  EXPECT_EQ(ReadWebhookSecret(Write("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"))->size(), 24U);
}

TEST_F(SecretFileTest, RefusesWhatOthersMayRead) {
  const std::string secret(32, 's');
  EXPECT_TRUE(ReadWebhookSecret(Write(secret, 0640)).ok());
  for (const mode_t mode : {0644, 0604, 0620, 0601})
    EXPECT_EQ(ReadWebhookSecret(Write(secret, mode)).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(SecretFileTest, RefusesWhatIsTooShortTooLongOrNoBase64AndNeverSaysIt) {
  for (const std::string& secret : {std::string("hunter2"), std::string(65, 'x'), std::string("whsec_???"),
                                    std::string(), std::string(20'000, 'x')}) {
    const absl::Status status = ReadWebhookSecret(Write(secret)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message().find("hunter2"), std::string::npos);
  }
  EXPECT_EQ(ReadWebhookSecret(folder_.File("none")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SecretFileTest, AHeaderIsOneLine) {
  EXPECT_EQ(*ReadHeaderFile(Write("Bearer abc\n")), "Bearer abc");
  EXPECT_FALSE(ReadHeaderFile(Write("Bearer abc\r\nX-Evil: 1")).ok());
}

}  // namespace
}  // namespace latchkey
