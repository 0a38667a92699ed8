#include "adapters/grpc/converse_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/adapters/grpc/random_requests.h"

namespace latchkey {
namespace {

using Asks = FrameItem::Asks;

constexpr size_t kMost = 256;

// As gRPC hands it out: in pieces.
void Receive(const std::string& bytes, size_t piece, ConverseFrame& frame) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += piece) slices.emplace_back(bytes.substr(at, piece));
  grpc::ByteBuffer received(slices.data(), slices.size());
  frame.received().Swap(&received);
}

bool IsUsual(const std::string& bytes) {
  FrameReader reader(bytes);
  while (reader.Next()) {
  }
  return reader.good();
}

Asks AskedBy(const v1::ConverseItem& item) {
  if (item.has_assess()) return Asks::kAssess;
  return item.has_report() ? Asks::kReport : Asks::kNothing;
}

// What `bytes` mean; nothing when they are no such message.
template <typename Message>
std::optional<std::string> Meant(std::string_view bytes) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  message.DiscardUnknownFields();
  return message.SerializeAsString();
}

std::optional<std::string> Meant(const FrameItem& item) {
  if (item.asks == Asks::kNothing) return "";
  return item.asks == Asks::kAssess ? Meant<v1::AssessRequest>(item.bytes)
                                    : Meant<v1::ReportRequest>(item.bytes);
}

void ExpectTheSame(ConverseFrame& frame, v1::ConverseRequest message) {
  message.DiscardUnknownFields();
  const auto count = static_cast<size_t>(message.items_size());
  ASSERT_EQ(frame.items().size(), std::min(count, kMost + 1));
  for (size_t i = 0; i < frame.items().size(); ++i) {
    const ConverseFrame::Item& item = frame.items()[i];
    const v1::ConverseItem& same = message.items(static_cast<int>(i));
    EXPECT_EQ(item.correlation_id, same.correlation_id());
    ASSERT_EQ(item.asks, AskedBy(same));
    EXPECT_EQ(Meant(item),
              same.has_assess() ? same.assess().SerializeAsString() : same.report().SerializeAsString());
  }
}

TEST(ConverseFrameTest, FindsTheItemsThatTheMessageHas) {
  ConverseFrame frame;
  int usual = 0;
  int unusual = 0;
  int none = 0;
  int of_wrong_items = 0;
  for (uint64_t seed = 1; seed <= 6000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomRequests random(seed);
    v1::ConverseRequest sent;
    for (uint64_t n = random.Below(6); n > 0; --n) *sent.add_items() = random.Item();
    std::string bytes = sent.SerializeAsString();
    const bool broken = random.Below(3) > 0;
    if (broken) bytes = random.Broken(std::move(bytes));
    Receive(bytes, 1 + random.Below(2000), frame);
    const absl::Status read = frame.Read(kMost);
    const bool is_usual = IsUsual(bytes);
    EXPECT_TRUE(broken || is_usual);
    ++(is_usual ? usual : unusual);
    v1::ConverseRequest message;
    if (message.ParseFromString(bytes)) {
      ASSERT_TRUE(read.ok()) << read;
      ExpectTheSame(frame, message);
    } else if (read.ok()) {
      // An item that is wrong hurts no other.
      ++of_wrong_items;
      EXPECT_TRUE(std::any_of(frame.items().begin(), frame.items().end(),
                              [](const auto& item) { return !Meant(item); }));
    } else {
      ++none;
      EXPECT_EQ(read.code(), absl::StatusCode::kInvalidArgument);
    }
    frame.Clear();
  }
  EXPECT_GT(usual, 1000);
  EXPECT_GT(unusual, 1000);
  EXPECT_GT(none, 300);
  EXPECT_GT(of_wrong_items, 100);
}

TEST(ConverseFrameTest, TakesTheLastOfWhatComesTwiceAsMessagesDo) {
  RandomRequests random(1);
  v1::ConverseItem first;
  first.set_correlation_id(1);
  *first.mutable_assess() = random.Usual();
  v1::ConverseItem second;
  second.set_correlation_id(2);
  *second.mutable_report() = random.UsualReport();
  const std::string item = first.SerializeAsString() + second.SerializeAsString();
  // An item with both.
  ASSERT_GT(item.size(), 127U);
  const std::string bytes = std::string("\x0A") + static_cast<char>(0x80U | (item.size() & 0x7FU)) +
                            static_cast<char>(item.size() >> 7U) + item;
  ConverseFrame frame;
  Receive(bytes, 1000, frame);
  ASSERT_TRUE(frame.Read(kMost).ok());
  ASSERT_EQ(frame.items().size(), 1U);
  EXPECT_EQ(frame.items()[0].correlation_id, 2U);
  EXPECT_EQ(frame.items()[0].asks, Asks::kReport);
}

TEST(ConverseFrameTest, ReadsNoMoreItemsThanTellThatTheyAreTooMany) {
  for (const size_t count : {kMost, kMost + 1, 3 * kMost}) {
    v1::ConverseRequest sent;
    for (size_t i = 0; i < count; ++i) sent.add_items()->set_correlation_id(i + 1);
    ConverseFrame frame;
    Receive(sent.SerializeAsString(), 100, frame);
    ASSERT_TRUE(frame.Read(kMost).ok());
    EXPECT_EQ(frame.items().size(), std::min(count, kMost + 1));
  }
}

TEST(ConverseFrameTest, NothingReceivedIsAFrameWithoutItems) {
  ConverseFrame frame;
  ASSERT_TRUE(frame.Read(kMost).ok());
  EXPECT_TRUE(frame.items().empty());
}

}  // namespace
}  // namespace latchkey
