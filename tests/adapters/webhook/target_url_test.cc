#include "adapters/webhook/target_url.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

TEST(TargetUrlTest, IsHttps) {
  EXPECT_TRUE(CheckTargetUrl("https://hooks.example:8443/in?a=b", PlainHttp::kRefused).ok());
  for (const char* url : {"http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd",
                          "hooks.example", "gopher://x/", "", "https://", "unix:///run/x", "https://a b/"})
    EXPECT_EQ(CheckTargetUrl(url, PlainHttp::kRefused).code(), absl::StatusCode::kInvalidArgument) << url;
}

TEST(TargetUrlTest, IsPlainHttpOnlyWhereThatIsAllowed) {
  EXPECT_TRUE(CheckTargetUrl("http://127.0.0.1:80/", PlainHttp::kAllowed).ok());
  EXPECT_FALSE(CheckTargetUrl("ftp://127.0.0.1/", PlainHttp::kAllowed).ok());
}

TEST(TargetUrlTest, HoldsNoCredentials) {
  EXPECT_FALSE(CheckTargetUrl("https://user:password@hooks.example/", PlainHttp::kRefused).ok());
  EXPECT_FALSE(CheckTargetUrl("https://user@hooks.example/", PlainHttp::kRefused).ok());
  EXPECT_FALSE(CheckTargetUrl("https://hooks.example/#x", PlainHttp::kRefused).ok());
}

}  // namespace
}  // namespace latchkey
