#include "engine/signal/record_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "engine/signal/msgpack.h"

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
       .entries = {{.at = At(5), .count = 2, .member = kIdMax}, {.at = At(6), .count = 1, .member = 0}}},
      {.id = {.signature = SeriesId::kEverBit | 1, .sub = 2}, .entries = {{.at = At(3), .count = 4}}}};
  record.reservations = {
      {.id = 77, .at = At(100), .lane = Lane::kStranger, .sub = 0, .tag = std::nullopt},
      {.id = 78, .at = At(101), .lane = Lane::kDevice, .sub = 1, .tag = uint16_t{0}},
      {.id = 79, .at = At(102), .lane = Lane::kFamiliar, .sub = 65535, .tag = uint16_t{65535}}};
  record.wrong_tags = {{.lane = Lane::kChallenged, .sub = 0, .tag = 4095, .at = At(50)}};
  record.spent = {{.id = 1234, .until = At(7'776'000)}};
  return record;
}

TEST(RecordCodecTest, ReadsBackWhatItWrote) {
  const Record record = FullRecord();
  const absl::StatusOr<Record> decoded = DecodeRecord(EncodeRecord(record));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, record);
}

TEST(RecordCodecTest, WritesTheSameBytesAgain) {
  const std::string bytes = EncodeRecord(FullRecord());
  EXPECT_EQ(EncodeRecord(*DecodeRecord(bytes)), bytes);
}

TEST(RecordCodecTest, AnEmptyRecordIsTheEmptyString) {
  EXPECT_EQ(EncodeRecord(Record{}), "");
  EXPECT_EQ(*DecodeRecord(""), Record{});
}

TEST(RecordCodecTest, ATimeTakesFiveBytesHoweverLateItIs) {
  Record record;
  record.series.push_back({.id = {.signature = 1, .sub = 0}, .entries = {{.at = At(0)}}});
  const size_t one = EncodeRecord(record).size();
  record.series[0].entries.push_back({.at = At(30 * 86'400)});
  EXPECT_LE(EncodeRecord(record).size(), one + 6);
}

TEST(RecordCodecTest, RefusesAVersionItDoesNotKnow) {
  std::string bytes = EncodeRecord(FullRecord());
  bytes[1] = 2;
  EXPECT_EQ(DecodeRecord(bytes).status().code(), absl::StatusCode::kUnimplemented);
}

TEST(RecordCodecTest, RefusesEveryTruncation) {
  const std::string bytes = EncodeRecord(FullRecord());
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeRecord(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
}

TEST(RecordCodecTest, RefusesTrailingBytes) {
  EXPECT_EQ(DecodeRecord(EncodeRecord(FullRecord()) + '\0').status().code(), absl::StatusCode::kDataLoss);
}

// [ 1, base, epoch, [], series, [], [], [] ]
std::string BytesWithSeries(int64_t base, std::initializer_list<int64_t> series) {
  MsgpackWriter out;
  out.Array(8);
  out.Int(1);
  out.Int(base);
  out.Int(0);
  out.Array(0);
  out.Array(1);
  out.Array(series.size());
  for (int64_t value : series) out.Int(value);
  for (int i = 0; i < 3; ++i) out.Array(0);
  return out.Take();
}

TEST(RecordCodecTest, RefusesValuesThatArithmeticCouldNotBear) {
  ASSERT_TRUE(DecodeRecord(BytesWithSeries(1000, {1, 5, 1})).ok());
  EXPECT_FALSE(DecodeRecord(BytesWithSeries(1000, {1, 5, INT64_MAX})).ok()) << "a count that would overflow";
  EXPECT_FALSE(DecodeRecord(BytesWithSeries(1000, {1, 5, 0})).ok()) << "a charge of nothing";
  EXPECT_FALSE(DecodeRecord(BytesWithSeries(1000, {1, 5, -1})).ok()) << "a negative charge";
  EXPECT_FALSE(DecodeRecord(BytesWithSeries(INT64_MAX, {1, 5, 1})).ok()) << "a time that overflows";
  EXPECT_FALSE(DecodeRecord(BytesWithSeries(1000, {1, -5000, 1})).ok()) << "a time before 1970";
  EXPECT_FALSE(DecodeRecord(BytesWithSeries(1000, {int64_t{1} << 32, 5, 1})).ok()) << "a series id too wide";
}

TEST(RecordCodecTest, DamagedBytesNeverCrashAndNeverGrow) {
  const std::string whole = EncodeRecord(FullRecord());
  std::mt19937_64 random(42);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const absl::StatusOr<Record> decoded = DecodeRecord(bytes);
    if (decoded.ok()) {
      EXPECT_TRUE(DecodeRecord(EncodeRecord(*decoded)).ok()) << "what was accepted can be kept";
    }
  }
}

}  // namespace
}  // namespace latchkey
