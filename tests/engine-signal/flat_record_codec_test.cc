#include "engine/signal/flat_record_codec.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "engine/signal/record_codec.h"

namespace latchkey {
namespace {

constexpr uint64_t kIdMax = (uint64_t{1} << 48) - 1;

TimePoint At(int64_t seconds) { return TimePoint(std::chrono::seconds(1'700'000'000 + seconds)); }

Record FullRecord() {
  Record record;
  record.epoch = 7;
  record.slots = {{.lane = Lane::kDevice,
                   .index = 0,
                   .id = kIdMax,
                   .since = At(0),
                   .seen = At(90),
                   .name = "Ada's laptop"},
                  {.lane = Lane::kFamiliar, .index = 3, .id = 5, .since = At(-900), .seen = At(2)}};
  record.series = {
      {.id = {.signature = 12, .sub = 0}, .entries = {{.at = At(1)}, {.at = At(2), .count = 300}}},
      {.id = {.signature = SeriesId::kDistinctBit | 4, .sub = SeriesId::kOverflowSub},
       .entries = {{.at = At(5), .count = 2, .member = kIdMax}, {.at = At(6), .count = 1, .member = 0}}}};
  record.reservations = {
      {.id = 77, .at = At(100), .lane = Lane::kStranger, .sub = 0, .tag = std::nullopt},
      {.id = kIdMax, .at = At(102), .lane = Lane::kFamiliar, .sub = 65535, .tag = uint16_t{65535}}};
  record.wrong_tags = {{.lane = Lane::kChallenged, .sub = 0, .tag = 4095, .at = At(50)}};
  record.spent = {{.id = 1234, .until = At(7'776'000)}};
  return record;
}

TEST(FlatRecordCodecTest, ReadsBackWhatItWrote) {
  const std::string bytes = EncodeFlatRecord(FullRecord());
  EXPECT_EQ(bytes.front(), 2);
  EXPECT_EQ(*DecodeFlatRecord(bytes), FullRecord());
  EXPECT_EQ(EncodeFlatRecord(*DecodeFlatRecord(bytes)), bytes);
}

TEST(FlatRecordCodecTest, IsReadWhereverARecordIs) {
  EXPECT_EQ(*DecodeRecord(EncodeFlatRecord(FullRecord())), FullRecord());
  EXPECT_FALSE(IsFlatRecord(EncodeRecord(FullRecord())));
}

TEST(FlatRecordCodecTest, AnEmptyRecordIsTheEmptyString) {
  EXPECT_EQ(EncodeFlatRecord(Record{}), "");
  EXPECT_EQ(*DecodeFlatRecord(""), Record{});
  Record only_an_empty_series;
  only_an_empty_series.series = {{.id = {.signature = 12, .sub = 0}, .entries = {}}};
  EXPECT_EQ(EncodeFlatRecord(only_an_empty_series), "");
}

TEST(FlatRecordCodecTest, IsWholeExactlyWhenItCanBeRead) {
  std::mt19937_64 random(7);
  const std::string whole = EncodeFlatRecord(FullRecord());
  EXPECT_TRUE(IsWholeFlatRecord(whole));
  EXPECT_TRUE(IsWholeFlatRecord(""));
  EXPECT_FALSE(IsWholeFlatRecord(EncodeRecord(FullRecord()))) << "version 1 is for DecodeRecord";
  int broken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random() % 4 == 0 ? random() : random() % 3);
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const bool can_be_read = DecodeFlatRecord(bytes).ok();
    ASSERT_EQ(IsWholeFlatRecord(bytes), can_be_read) << i;
    broken += can_be_read ? 0 : 1;
  }
  EXPECT_GT(broken, 4'000);
  EXPECT_LT(broken, 18'000);
}

TEST(FlatRecordCodecTest, RefusesAnUnknownVersion) {
  std::string bytes = EncodeFlatRecord(FullRecord());
  bytes[0] = 3;
  EXPECT_EQ(DecodeRecord(bytes).status().code(), absl::StatusCode::kUnimplemented);
}

TEST(FlatRecordCodecTest, RefusesEveryTornRecordAndEveryLongerOne) {
  const std::string bytes = EncodeFlatRecord(FullRecord());
  for (size_t size = 1; size < bytes.size(); ++size)
    EXPECT_FALSE(DecodeFlatRecord(std::string_view(bytes).substr(0, size)).ok()) << size;
  EXPECT_EQ(DecodeFlatRecord(bytes + '\0').status().code(), absl::StatusCode::kDataLoss);
}

// What is not wide enough saturates: a count is never smaller than what fits.
TEST(FlatRecordCodecTest, WritesTheLargestNumberThatFits) {
  Record record = FullRecord();
  record.series[0].entries[0].count = int64_t{1} << 40;
  record.spent[0].until = TimePoint(Duration(INT64_MAX));
  const Record read = *DecodeFlatRecord(EncodeFlatRecord(record));
  EXPECT_EQ(read.series[0].entries[0].count, kFlatCountMax);
  EXPECT_EQ(read.spent[0].until, TimePoint(Duration((int64_t{1} << 48) - 1)));
}

TEST(FlatRecordCodecTest, DamagedBytesAreRefusedOrReadAsSomethingThatCanBeKept) {
  const std::string whole = EncodeFlatRecord(FullRecord());
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (int changes = 0; changes < 3; ++changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const absl::StatusOr<Record> decoded = DecodeFlatRecord(bytes);
    if (!decoded.ok()) continue;
    EXPECT_TRUE(DecodeFlatRecord(EncodeFlatRecord(*decoded)).ok());
    EXPECT_TRUE(DecodeRecord(EncodeRecord(*decoded)).ok());
  }
}

}  // namespace
}  // namespace latchkey
