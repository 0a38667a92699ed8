#include "adapters/sodium/xaes_gcm.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"

namespace latchkey {
namespace {

constexpr std::string_view kNonce = "ABCDEFGHIJKLMNOPQRSTUVWX";

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// By each who can do the work on this processor.
class XaesGcmTest : public ::testing::TestWithParam<XaesGcm::By> {
 protected:
  void SetUp() override {
    if (GetParam() == XaesGcm::By::kLibsodium && XaesGcm::Fastest() != GetParam())
      GTEST_SKIP() << "this processor has no instructions for AES";
  }
  static XaesGcm KeyOf(const std::string& byte, XaesGcm::By by = GetParam()) {
    std::string hex;
    for (size_t i = 0; i < Secret::kBytes; ++i) hex += byte;
    return XaesGcm(*Secret::FromHex(hex), by);
  }
};

std::string Seal(const XaesGcm& key, std::string_view bound, std::string_view plain) {
  std::string sealed(plain.size() + XaesGcm::kTagBytes, '\0');
  key.Seal(Bytes(kNonce), bound, plain, Bytes(sealed));
  return sealed;
}

bool Opens(const XaesGcm& key, std::string_view bound, std::string_view sealed, std::string_view plain) {
  std::string opened(sealed.size() - XaesGcm::kTagBytes, '\0');
  return key.Open(Bytes(kNonce), bound, sealed, Bytes(opened)) && opened == plain;
}

// Of the specification: with and without a carry in the derivation of CMAC's key.
TEST_P(XaesGcmTest, SealsWhatTheSpecificationSealsInTheSameWay) {
  EXPECT_EQ(absl::BytesToHexString(Seal(KeyOf("01"), "", "XAES-256-GCM")),
            "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
  EXPECT_EQ(absl::BytesToHexString(Seal(KeyOf("03"), "c2sp.org/XAES-256-GCM", "XAES-256-GCM")),
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

TEST_P(XaesGcmTest, OpensOnlyWhatIsAuthentic) {
  const XaesGcm key = KeyOf("01");
  for (const size_t size : {0U, 1U, 16U, 150U, 4096U}) {
    const std::string plain(size, 'p');
    const std::string sealed = Seal(key, "bound", plain);
    EXPECT_TRUE(Opens(key, "bound", sealed, plain));
    EXPECT_FALSE(Opens(key, "other", sealed, plain));
    EXPECT_FALSE(Opens(KeyOf("02"), "bound", sealed, plain));
    for (const size_t at : {size_t{0}, size, size + XaesGcm::kTagBytes - 1}) {
      std::string flipped = sealed;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      EXPECT_FALSE(Opens(key, "bound", flipped, plain));
    }
  }
}

TEST_P(XaesGcmTest, KeepsManyKeysApart) {
  std::vector<XaesGcm> keys;
  std::vector<std::string> sealed;
  for (int i = 0; i < 40; ++i) {
    keys.push_back(KeyOf(absl::BytesToHexString(std::string(1, static_cast<char>(i)))));
    sealed.push_back(Seal(keys.back(), "", "plain"));
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    for (size_t j = 0; j < keys.size(); ++j) EXPECT_EQ(Opens(keys[i], "", sealed[j], "plain"), i == j);
  }
}

TEST_P(XaesGcmTest, WritesWhatTheOthersRead) {
  for (size_t size = 0; size < 300; size += 7) {
    const std::string plain(size, static_cast<char>(size));
    const std::string sealed = Seal(KeyOf("0a"), "bound", plain);
    for (const XaesGcm::By other : {XaesGcm::By::kOpenSsl, XaesGcm::Fastest()}) {
      EXPECT_EQ(Seal(KeyOf("0a", other), "bound", plain), sealed);
      EXPECT_TRUE(Opens(KeyOf("0a", other), "bound", sealed, plain));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, XaesGcmTest, ::testing::Values(XaesGcm::By::kLibsodium, XaesGcm::By::kOpenSsl));

}  // namespace
}  // namespace latchkey
