#include "engine/signal/few_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace latchkey {
namespace {

using Bytes = FewBytes<8>;

Bytes Of(std::string_view text) {
  Bytes bytes;
  bytes.Assign(text);
  return bytes;
}

const std::string kMany(100, 'm');

TEST(FewBytesTest, HoldsWhatItWasGivenBeItMuchOrLittle) {
  Bytes bytes;
  for (const std::string_view text :
       {std::string_view("few"), std::string_view(kMany), std::string_view("12345678"),
        std::string_view("123456789"), std::string_view(), std::string_view(kMany).substr(0, 50)}) {
    bytes.Assign(text);
    EXPECT_EQ(bytes.View(), text);
  }
  bytes.Clear();
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(bytes.View(), "");
}

TEST(FewBytesTest, ACopyIsItsOwn) {
  for (const std::string& text : {std::string("few"), kMany}) {
    const Bytes from = Of(text);
    Bytes to = from;
    EXPECT_EQ(to.View(), text);
    to.Assign("other");
    EXPECT_EQ(from.View(), text);
    to = from;
    EXPECT_EQ(to.View(), text);
  }
}

TEST(FewBytesTest, WhatIsMovedFromIsEmptyAndOfUse) {
  for (const std::string& text : {std::string("few"), kMany}) {
    for (const std::string& before : {std::string(), std::string("few"), kMany + kMany}) {
      Bytes from = Of(text);
      Bytes to = Of(before);
      to = std::move(from);
      EXPECT_EQ(to.View(), text);
      EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
      from.Assign(kMany);
      EXPECT_EQ(from.View(), kMany);
      EXPECT_EQ(to.View(), text);
    }
  }
}

TEST(FewBytesTest, FewThatWereManyAreMovedToo) {
  Bytes from = Of(kMany);
  from.Assign("few");
  Bytes to = std::move(from);
  EXPECT_EQ(to.View(), "few");
  to.Assign(kMany);
  EXPECT_EQ(to.View(), kMany);
}

}  // namespace
}  // namespace latchkey
