#include "adapters/sodium/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kA(64, 'a');
const std::string kB(64, 'b');
const std::string kC(64, 'c');

TEST(KeyRingTest, ReadsKeysTimesAndComments) {
  const auto ring = KeyRing::Parse(
      absl::StrCat("# ours\n\nhash ", kA, "  # names\r\n7 ", kB, " not_after 2030-01-31T00:00:00Z\n", "\t8 ",
                   kC, " not_before 2030-01-01T12:00:00+02:00\n"),
      "ring");
  ASSERT_TRUE(ring.ok()) << ring.status();
  ASSERT_EQ(ring->sealing_keys().size(), 2U);
  EXPECT_EQ(ring->sealing_keys()[0].id, 7);
  EXPECT_EQ(ring->sealing_keys()[0].not_after, TimePoint(Duration(1896048000000)));
  EXPECT_EQ(ring->sealing_keys()[1].not_before, TimePoint(Duration(1893492000000)));
  EXPECT_EQ(ring->sealing_keys()[1].not_after, TimePoint::max());
}

TEST(KeyRingTest, WritesWhatItReads) {
  const KeyRing ring = KeyRing::Generate();
  const auto again = KeyRing::Parse(ring.Text(), "ring");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->hash_secret().Equals(ring.hash_secret()));
  EXPECT_TRUE(again->sealing_keys()[0].secret.Equals(ring.sealing_keys()[0].secret));
  EXPECT_FALSE(KeyRing::Generate().hash_secret().Equals(ring.hash_secret()));
}

TEST(KeyRingTest, NamesEveryMistakeByLineAndNeverRepeatsASecret) {
  const auto ring = KeyRing::Parse(
      absl::StrReplaceAll(
          "hash A\n"
          "hash B\n"
          "0 B\n"
          "1 Bb\n"
          "2 B not_after tomorrow\n"
          "3 B not_befor 2030-01-01T00:00:00Z\n"
          "4 B not_after\n"
          "5 B not_after 2030-01-31T00:00:00Z\n"
          "5 C\n"
          "6 B\n"
          "7 0\n"
          "8\n"
          "9 C not_before 2031-01-01T00:00:00Z not_after 2030-01-01T00:00:00Z\n",
          {{"A", kA}, {"B", kB}, {"C", kC}, {" 0\n", absl::StrCat(" ", std::string(64, '0'), "\n")}}),
      "ring");
  ASSERT_FALSE(ring.ok());
  EXPECT_EQ(ring.status().message(),
            "ring:2:1: a second 'hash' line: a ring has exactly one\n"
            "ring:3:1: a line begins with 'hash' or with a key's number, 1 to 255\n"
            "ring:4:3: wants exactly 64 hexadecimal digits (256 bits), has 65 characters\n"
            "ring:5:78: wants an RFC 3339 time: 2030-01-31T00:00:00Z\n"
            "ring:6:68: only 'not_before TIME' and 'not_after TIME' may follow a key\n"
            "ring:7:68: wants an RFC 3339 time: 2030-01-31T00:00:00Z\n"
            "ring:9:1: key 5 is here twice\n"
            "ring:10:3: the same secret as key 5: that is no rotation\n"
            "ring:11:3: all zeros are no secret\n"
            "ring:12:1: 64 hexadecimal digits must follow the key's number\n"
            "ring:13:1: not_after must be later than not_before\n"
            "ring: every sealing key ends: one key must have no not_after, or nothing could seal once all "
            "have ended");
  EXPECT_THAT(std::string(ring.status().message()), Not(HasSubstr("bbbb")));
}

TEST(KeyRingTest, WantsBothKindsOfKey) {
  EXPECT_THAT(std::string(KeyRing::Parse("", "ring").status().message()), HasSubstr("no line 'hash HEX64'"));
  EXPECT_THAT(std::string(KeyRing::Parse(absl::StrCat("hash ", kA), "ring").status().message()),
              HasSubstr("no sealing key"));
}

}  // namespace
}  // namespace latchkey
