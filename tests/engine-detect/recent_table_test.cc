#include "engine/detect/recent_table.h"

#include <gtest/gtest.h>

#include "engine/detect/distinct_bits.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kNow{hours(24 * 365 * 50)};

struct Entry {
  Key key;
  int count = 0;
};

Key KeyOf(uint64_t number) { return {Spread(2 * number), Spread(2 * number + 1)}; }

TEST(RecentTableTest, WhatWasSeenIsFoundAndWhatWasNotIsNot) {
  RecentTable<Entry> table(64, hours(1));
  table.Touch(KeyOf(1), kNow)->count = 7;
  ASSERT_NE(table.Find(KeyOf(1)), nullptr);
  EXPECT_EQ(table.Find(KeyOf(1))->count, 7);
  EXPECT_EQ(table.Find(KeyOf(2)), nullptr);
}

TEST(RecentTableTest, AFloodOfNamesThatComeOnceDisplacesNobodyWhoCameOften) {
  RecentTable<Entry> table(64, hours(1));
  for (int i = 0; i < 40; ++i) table.Touch(KeyOf(1), kNow)->count = i + 1;
  for (uint64_t i = 1000; i < 3000; ++i) table.Touch(KeyOf(i), kNow);
  ASSERT_NE(table.Find(KeyOf(1)), nullptr);
  EXPECT_EQ(table.Find(KeyOf(1))->count, 40);
}

TEST(RecentTableTest, WhoComesOftenGetsInDuringAFlood) {
  RecentTable<Entry> table(64, hours(1));
  for (uint64_t i = 1000; i < 3000; ++i) table.Touch(KeyOf(i), kNow);
  int touches = 0;
  while (table.Touch(KeyOf(1), kNow) == nullptr && touches < 100) ++touches;
  EXPECT_LT(touches, 10);
}

TEST(RecentTableTest, WhatWasNotSeenForLongMakesRoomAtOnce) {
  RecentTable<Entry> table(8, hours(1));
  for (uint64_t i = 0; i < 8; ++i) {
    for (int times = 0; times < 9; ++times) table.Touch(KeyOf(i), kNow);
  }
  EXPECT_EQ(table.Touch(KeyOf(100), kNow + hours(1)), nullptr);
  EXPECT_NE(table.Touch(KeyOf(101), kNow + hours(1) + minutes(1)), nullptr);
}

TEST(RecentTableTest, WhatIsExpectedChangesNothing) {
  for (const Admission admission : {Admission::kAlways, Admission::kSeenMoreOften}) {
    RecentTable<Entry> table(64, hours(1), admission);
    RecentTable<Entry> other(64, hours(1), admission);
    for (uint64_t i = 0; i < 5000; ++i) {
      const Key key = KeyOf(Spread(i) % 200);
      other.ExpectMarks(key);
      other.ExpectEntry(key);
      Entry* const touched = table.Touch(key, kNow + minutes(i));
      Entry* const same = other.Touch(key, kNow + minutes(i));
      ASSERT_EQ(touched == nullptr, same == nullptr) << i;
      if (touched == nullptr) continue;
      ASSERT_EQ(touched->count, same->count) << i;
      touched->count = same->count = static_cast<int>(i);
    }
  }
}

TEST(DistinctBitsTest, IsExactForAHandfulAndCloseForHundreds) {
  DistinctBits<256> bits;
  EXPECT_EQ(bits.Count(), 0);
  for (int round = 0; round < 3; ++round) {
    bits.Add(Spread(1));
    bits.Add(Spread(2));
  }
  EXPECT_EQ(bits.Count(), 2);
  for (uint64_t i = 0; i < 200; ++i) bits.Add(Spread(i));
  EXPECT_NEAR(static_cast<double>(bits.Count()), 200, 40);
}

}  // namespace
}  // namespace latchkey
