#include "engine/signal/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/signal/record_codec.h"
#include "engine/signal/series.h"

namespace latchkey {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint16_t kPlain = 7;
constexpr uint16_t kOfSource = 9;                           // of the familiar slot at `sub`
constexpr uint16_t kDistinct = SeriesId::kDistinctBit | 3;  // many members
constexpr uint16_t kOfDevice = SeriesId::kEverBit | 5;      // until success

const MergeRules& Rules() {
  static const MergeRules rules{
      .counters = {{.signature = kDistinct, .slot_lane = {}, .cleared_by_success = false, .members_max = 12},
                   {.signature = kOfSource, .slot_lane = Lane::kFamiliar},
                   {.signature = kOfDevice, .slot_lane = Lane::kDevice, .cleared_by_success = true}},
      .slots_max = {6, 8, 5, 0, 0}};
  return rules;
}

TimePoint At(int64_t s) { return TimePoint(seconds(1'700'000'000 + s)); }

// What a failed comparison shows.
std::string Show(const Record& record) {
  std::string text;
  const auto ms = [](TimePoint t) { return std::to_string((t - At(0)).count()) + " "; };
  for (const Slot& s : record.slots) {
    text += "slot " + std::to_string(static_cast<int>(s.lane)) + "/" + std::to_string(s.index) + " id " +
            std::to_string(s.id) + " " + ms(s.since) + ms(s.seen) + s.name + "\n";
  }
  for (const Series& s : record.series) {
    text += "series " + std::to_string(s.id.signature) + "/" + std::to_string(s.id.sub) + ": ";
    for (const Entry& e : s.entries) text += ms(e.at) + "x" + std::to_string(e.count) + " ";
    text += "\n";
  }
  for (const Reservation& r : record.reservations) text += "open " + std::to_string(r.id) + " " + ms(r.at);
  for (const WrongTag& t : record.wrong_tags) text += "tag " + std::to_string(t.tag) + " " + ms(t.at);
  for (const SpentId& s : record.spent) text += "spent " + std::to_string(s.id) + " " + ms(s.until);
  return text;
}

int64_t CountAfter(const Series* series, TimePoint start) {
  int64_t count = 0;
  if (series == nullptr) return 0;
  for (const Entry& entry : series->entries) {
    if (entry.at > start) count += series->id.distinct() ? 1 : entry.count;
  }
  return count;
}

// Records that a shard could hold, small and large, much alike so that they meet.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  int64_t Below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(random_); }

  Series SeriesOf(SeriesId id) {
    Series series{.id = id, .entries = {}};
    const std::vector<Duration> windows = {seconds(60), seconds(600)};
    const Retention retention{windows, seconds(900), id.distinct() ? size_t{12} : kMembersMax};
    int64_t at = Below(100);
    const int64_t charges = Below(4) == 0 ? Below(120) : 1 + Below(8);
    for (int64_t i = 0; i < charges; ++i) {
      Charge(series, At(at), 1 + Below(2), id.distinct() ? static_cast<uint64_t>(Below(20)) : 0, retention);
      at += Below(4);
    }
    return series;
  }

  Record RecordOf() {
    Record record;
    record.epoch = Below(6) == 0 ? 1 : 0;
    for (Lane lane : {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar}) {
      std::vector<uint64_t> ids = {1, 2, 3, 4, 5, 6};
      std::shuffle(ids.begin(), ids.end(), random_);
      ids.resize(static_cast<size_t>(Below(4)));
      for (size_t i = 0; i < ids.size(); ++i) {
        const TimePoint since = At(Below(50));
        record.slots.push_back({.lane = lane,
                                .index = static_cast<uint16_t>(i + static_cast<size_t>(Below(2)) * 10),
                                .id = ids[i],
                                .since = since,
                                .seen = since + seconds(Below(200)),
                                .name = Below(2) == 0 ? "laptop" : ""});
      }
    }
    for (uint16_t sub = 0; sub < 3; ++sub) {
      if (Below(3) > 0) record.series.push_back(SeriesOf({kPlain, sub}));
      if (Below(3) > 0) record.series.push_back(SeriesOf({kDistinct, sub}));
      if (Below(3) > 0) record.series.push_back(SeriesOf({kOfSource, sub}));
      if (Below(3) > 0) record.series.push_back(SeriesOf({kOfDevice, sub}));
    }
    if (Below(10) == 0) {
      for (uint16_t sub = 3; sub < 80; ++sub)
        record.series.push_back({{kPlain, sub}, {{At(Below(99)), 1, 0}}});
    }
    std::erase_if(record.series, [](const Series& s) { return s.entries.empty(); });
    for (int64_t i = Below(5); i > 0; --i) {
      record.reservations.push_back({.id = static_cast<uint64_t>(Below(9)),
                                     .at = At(Below(100)),
                                     .lane = kAllLanes[static_cast<size_t>(3 + Below(2))]});
      record.wrong_tags.push_back(
          {.lane = Lane::kStranger, .tag = static_cast<uint16_t>(Below(9)), .at = At(i)});
      record.spent.push_back({.id = static_cast<uint64_t>(100 + Below(9)), .until = At(Below(900))});
    }
    return record;
  }

 private:
  std::mt19937_64 random_;
};

TEST(MergeTest, TheOrderDoesNotMatter) {
  Dice dice(1);
  for (int i = 0; i < 3000; ++i) {
    const Record a = dice.RecordOf();
    const Record b = dice.RecordOf();
    ASSERT_EQ(Show(MergeRecords(a, b, Rules())), Show(MergeRecords(b, a, Rules()))) << "round " << i;
  }
}

TEST(MergeTest, MergingAgainChangesNothing) {
  Dice dice(2);
  for (int i = 0; i < 3000; ++i) {
    const Record a = dice.RecordOf();
    const Record b = dice.RecordOf();
    const Record merged = MergeRecords(a, b, Rules());
    ASSERT_EQ(Show(MergeRecords(merged, b, Rules())), Show(merged)) << "round " << i;
    ASSERT_EQ(Show(MergeRecords(merged, a, Rules())), Show(merged)) << "round " << i;
    ASSERT_EQ(Show(MergeRecords(merged, merged, Rules())), Show(merged)) << "round " << i;
  }
}

TEST(MergeTest, NoWindowHasFewerChargesThanEitherHad) {
  Dice dice(3);
  for (int i = 0; i < 3000; ++i) {
    const Record a = dice.RecordOf();
    const Record b = dice.RecordOf();
    const Record merged = MergeRecords(a, b, Rules());
    for (const Record* record : {&a, &b}) {
      for (const Series& series : record->series) {
        if (series.id.signature != kPlain || series.id.sub > 2) continue;
        for (int64_t s = -1; s < 600; s += 7) {
          ASSERT_GE(CountAfter(merged.FindSeries(series.id), At(s)), CountAfter(&series, At(s)))
              << "round " << i << ", after " << s << " s";
        }
      }
    }
  }
}

TEST(MergeTest, StaysWithinTheBoundsOfARecord) {
  Dice dice(4);
  Record all;
  for (int i = 0; i < 400; ++i) {
    all = MergeRecords(all, dice.RecordOf(), Rules());
    ASSERT_LE(EncodeRecord(all).size(), kRecordBytesMax);
    ASSERT_LE(all.series.size(), kSeriesMax);
    ASSERT_LE(all.reservations.size(), kReservationsMax);
    ASSERT_LE(all.spent.size(), kSpentMax);
    for (const Series& series : all.series) ASSERT_LE(series.entries.size(), kEntriesMax);
    ASSERT_TRUE(DecodeRecord(EncodeRecord(all)).ok());
  }
}

TEST(MergeTest, WhatTwoNodesCountedApartIsCountedTogether) {
  const SeriesId id{kPlain, 0};
  Record stored;
  stored.series = {{id, {{At(1)}, {At(2)}}}};
  Record local;
  local.series = {{id, {{At(5)}, {At(6), 2}}}};
  EXPECT_EQ(CountAfter(MergeRecords(stored, local, Rules()).FindSeries(id), At(0)), 5);
}

TEST(MergeTest, TheSameChargesSummedUpDifferentlyCountOnce) {
  const SeriesId id{kPlain, 0};
  const std::vector<Duration> windows = {std::chrono::hours(24)};
  const Retention retention{windows, windows.back(), kMembersMax};
  Series series{.id = id, .entries = {}};
  Record earlier;
  for (int i = 0; i < 80; ++i) {
    Charge(series, At(60 * i), 1, 0, retention);
    if (i == 31) earlier.series = {series};  // every one with its own time
  }
  Record later;
  later.series = {series};  // the older ones in buckets
  EXPECT_EQ(CountAfter(MergeRecords(earlier, later, Rules()).FindSeries(id), At(-1)), 80);
}

TEST(MergeTest, ADeviceThatLostItsPlaceTakesItsCountsAlong) {
  Record remembered;
  remembered.slots = {{.lane = Lane::kDevice, .index = 0, .id = 11, .since = At(0), .seen = At(0)},
                      {.lane = Lane::kDevice, .index = 1, .id = 22, .since = At(1), .seen = At(1)}};
  remembered.series = {{{kOfDevice, 0}, {{At(5)}, {At(6)}}}};
  Record stored;  // after the wipe, the second device came first
  stored.slots = {{.lane = Lane::kDevice, .index = 0, .id = 22, .since = At(20), .seen = At(20)}};
  stored.series = {{{kOfDevice, 0}, {{At(30)}}}};
  const Record merged = MergeRecords(stored, remembered, Rules());
  ASSERT_THAT(merged.slots, SizeIs(2));
  const auto failures = [&](uint64_t device) {
    return CountAfter(merged.FindSeries({kOfDevice, merged.FindSlot(Lane::kDevice, device)->index}), At(0));
  };
  EXPECT_EQ(failures(11), 2);
  EXPECT_EQ(failures(22), 1);
}

TEST(MergeTest, WhatASuccessClearedStaysCleared) {
  Record before;
  before.slots = {{.lane = Lane::kDevice, .index = 0, .id = 11, .since = At(0), .seen = At(0)}};
  before.series = {{{kOfDevice, 0}, {{At(5)}, {At(6)}, {At(7)}, {At(8)}}}};
  Record after = before;
  after.slots[0].seen = At(9);
  after.series.clear();
  EXPECT_THAT(MergeRecords(before, after, Rules()).series, IsEmpty());
}

TEST(MergeTest, RevokedDevicesDoNotComeBack) {
  Record before;
  before.slots = {{.lane = Lane::kDevice, .index = 0, .id = 11, .since = At(0), .seen = At(0)},
                  {.lane = Lane::kFamiliar, .index = 0, .id = 33, .since = At(0), .seen = At(0)}};
  Record after;
  after.epoch = 5;
  const Record merged = MergeRecords(before, after, Rules());
  EXPECT_EQ(merged.epoch, 5);
  EXPECT_EQ(merged.FindSlot(Lane::kDevice, 11), nullptr);
  EXPECT_NE(merged.FindSlot(Lane::kFamiliar, 33), nullptr);
}

TEST(MergeTest, AForgottenDeviceDoesNotComeBack) {
  Record before;
  before.slots = {{.lane = Lane::kDevice, .index = 0, .id = 11, .since = At(0), .seen = At(0)}};
  Record after;
  after.spent = {{.id = 11, .until = At(900)}};
  EXPECT_THAT(MergeRecords(before, after, Rules()).slots, IsEmpty());
}

}  // namespace
}  // namespace latchkey
