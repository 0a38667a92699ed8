#include "engine/lab/lab_crypto.h"

#include <gtest/gtest.h>

namespace latchkey::lab {
namespace {

TEST(LabCryptoTest, WhatWasSealedOpensForItsPurposeAlone) {
  const LabSealer sealer;
  const std::string sealed = sealer.Seal(SealPurpose::kDeviceToken, "alice's phone");
  EXPECT_EQ(sealer.Open(SealPurpose::kDeviceToken, sealed), "alice's phone");
  EXPECT_EQ(sealer.Open(SealPurpose::kChallenge, sealed), std::nullopt);
}

TEST(LabCryptoTest, AFlippedBitOrAMissingByteOpensNothing) {
  const LabSealer sealer;
  const std::string sealed = sealer.Seal(SealPurpose::kDeviceToken, "alice's phone");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string flipped = sealed;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_EQ(sealer.Open(SealPurpose::kDeviceToken, flipped), std::nullopt) << i;
    EXPECT_EQ(sealer.Open(SealPurpose::kDeviceToken, sealed.substr(0, i)), std::nullopt) << i;
  }
}

TEST(LabCryptoTest, KeysTellTextsApart) {
  const LabKeyHasher hasher;
  EXPECT_EQ(hasher.Hash("alice"), hasher.Hash("alice"));
  EXPECT_NE(hasher.Hash("alice"), hasher.Hash("alicf"));
  EXPECT_NE(hasher.Hash(""), hasher.Hash(std::string(1, '\0')));
  EXPECT_NE(hasher.Hash("aaaaaaaa"), hasher.Hash("aaaaaaaaa"));
}

}  // namespace
}  // namespace latchkey::lab
