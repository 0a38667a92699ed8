#include "adapters/sodium/xaes_gcm.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "adapters/sodium/system_random.h"

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

TEST_P(XaesGcmTest, SealsAnewUnderNoncesOfItsOwnThatAnybodyOpens) {
  const XaesGcm key = KeyOf("0b");
  const XaesGcm neighbour = KeyOf("0c");
  SystemRandom random;
  std::set<std::string> nonces;
  std::map<std::string, uint32_t> of_half;
  constexpr size_t kTexts = 3 * XaesGcm::kRunMax;
  for (size_t n = 0; n < kTexts; ++n) {
    const std::string plain(n % 70, 'p');
    std::string nonce(XaesGcm::kNonceBytes, '\0');
    std::string sealed(plain.size() + XaesGcm::kTagBytes, '\0');
    key.SealAnew(random, "bound", plain, Bytes(nonce), Bytes(sealed));
    nonces.insert(nonce);
    ++of_half[nonce.substr(0, XaesGcm::kNonceBytes / 2)];
    if (n % 100 == 0) {  // In between, one that may be in its place.
      std::string other(XaesGcm::kTagBytes, '\0');
      neighbour.SealAnew(random, "", "", Bytes(nonce), Bytes(other));
      EXPECT_TRUE(neighbour.Open(Bytes(nonce), "", other, Bytes(other)));
      continue;
    }
    for (const XaesGcm::By by : {GetParam(), XaesGcm::By::kOpenSsl}) {
      std::string opened(plain.size(), '\0');
      EXPECT_TRUE(KeyOf("0b", by).Open(Bytes(nonce), "bound", sealed, Bytes(opened)));
      EXPECT_EQ(opened, plain);
    }
  }
  EXPECT_EQ(nonces.size(), kTexts);
  EXPECT_GE(of_half.size(), 3U);
  for (const auto& [half, texts] : of_half) EXPECT_LE(texts, XaesGcm::kRunMax);
}

TEST_P(XaesGcmTest, ThreadsSealUnderHalvesOfTheirOwn) {
  const XaesGcm key = KeyOf("0d");
  SystemRandom random;
  const auto half = [&] {
    std::string nonce(XaesGcm::kNonceBytes, '\0');
    std::string sealed(XaesGcm::kTagBytes, '\0');
    key.SealAnew(random, "", "", Bytes(nonce), Bytes(sealed));
    return nonce.substr(0, XaesGcm::kNonceBytes / 2);
  };
  const std::string own = half();
  std::string others;
  std::thread([&] { others = half(); }).join();
  EXPECT_EQ(half(), own);
  EXPECT_NE(others, own);
}

INSTANTIATE_TEST_SUITE_P(All, XaesGcmTest, ::testing::Values(XaesGcm::By::kLibsodium, XaesGcm::By::kOpenSsl));

}  // namespace
}  // namespace latchkey
