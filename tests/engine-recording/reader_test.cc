// A recording is read as far as it is whole; what is not is said, with its place.
#include "engine/recording/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/recording/event_codec.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

class Bytes final : public ByteSource {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t taken = std::min({size, bytes_.size() - at_, size_t{1000}});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), taken, buffer);
    at_ += taken;
    return taken;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

RecordedAttempt AttemptOf(const std::string& account, int64_t second) {
  RecordedAttempt attempt{.at = TimePoint(std::chrono::seconds(second)), .decision = 42};
  attempt.tenant = "default";
  attempt.account = account;
  attempt.source = "192.0.2.7";
  attempt.path = "web";
  attempt.group = "staff";
  attempt.asn = 64500;
  attempt.factor = Factor::kRecoveryCode;
  attempt.popular_password = true;
  attempt.can_challenge = true;
  attempt.at_stake = true;
  attempt.device = RecordedProof{.id = 0xFFFF'FFFF'FFFF, .issued = TimePoint(std::chrono::seconds(7))};
  attempt.action = Action::kLockout;
  attempt.lane = Lane::kDevice;
  attempt.rule = "lanes.device";
  attempt.policy_revision = 12;
  return attempt;
}

std::string Header(const std::string& environment = "prod") {
  return EncodeHeader({.environment = environment, .names = true, .started = TimePoint(Duration(1000))});
}

std::string Framed(const RecordedEvent& event) {
  std::string frame;
  AppendFrame(EncodeEvent(event), frame);
  return frame;
}

struct Read {
  std::vector<RecordedEvent> events;
  RecordingTally tally;
  absl::Status status;
};

Read ReadAll(const std::string& bytes) {
  Read read;
  auto reader = RecordingReader::Open("a.lkr", std::make_unique<Bytes>(bytes));
  if (!reader.ok()) return {{}, {}, reader.status()};
  while (true) {
    auto event = (*reader)->Next();
    read.status = event.status();
    if (!event.ok() || !*event) break;
    read.events.push_back(**std::move(event));
  }
  read.tally = (*reader)->tally();
  return read;
}

TEST(RecordingReaderTest, GivesBackWhatWasRecorded) {
  const RecordedAttempt attempt = AttemptOf("alice", 100);
  RecordedOutcome outcome{.at = TimePoint(std::chrono::seconds(101)), .decision = 42};
  outcome.outcome = Outcome::kLoginComplete;
  outcome.account_tag = 0xFFFF;
  outcome.new_device = 0xABCDEF;
  const Read read = ReadAll(Header() + Framed(attempt) + Framed(outcome));
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(std::get<RecordedAttempt>(read.events[0]), attempt);
  EXPECT_EQ(std::get<RecordedOutcome>(read.events[1]), outcome);
}

TEST(RecordingReaderTest, OneBehindTheOtherAreRead) {
  const Read read =
      ReadAll(Header() + Framed(AttemptOf("alice", 1)) + Header() + Framed(AttemptOf("bob", 2)));
  EXPECT_TRUE(read.status.ok());
  EXPECT_EQ(read.events.size(), 2U);
}

TEST(RecordingReaderTest, ATornEndIsCountedAndWhatFollowsInTheNextSegmentIsRead) {
  const std::string torn = Framed(AttemptOf("bob", 2)).substr(0, 30);
  const Read alone = ReadAll(Header() + Framed(AttemptOf("alice", 1)) + torn);
  EXPECT_EQ(alone.events.size(), 1U);
  EXPECT_EQ(alone.tally.lost_bytes, 30U);
  ASSERT_EQ(alone.tally.first_damages.size(), 1U);
  EXPECT_EQ(alone.tally.first_damages[0].position, Header().size() + Framed(AttemptOf("alice", 1)).size());

  const Read followed =
      ReadAll(Header() + Framed(AttemptOf("alice", 1)) + torn + Header() + Framed(AttemptOf("carol", 3)));
  EXPECT_EQ(followed.events.size(), 2U);
  EXPECT_EQ(followed.tally.lost_bytes, 30U);
}

TEST(RecordingReaderTest, EveryCutGivesTheWholeEventsBeforeIt) {
  const std::string frame = Framed(AttemptOf("alice", 1));
  const std::string whole = Header() + frame + frame;
  for (size_t cut = Header().size(); cut <= whole.size(); ++cut) {
    const Read read = ReadAll(whole.substr(0, cut));
    EXPECT_TRUE(read.status.ok()) << cut;
    EXPECT_EQ(read.events.size(), (cut - Header().size()) / frame.size()) << cut;
    EXPECT_EQ(read.tally.lost_bytes, (cut - Header().size()) % frame.size()) << cut;
  }
}

TEST(RecordingReaderTest, DamageInTheMiddleCostsThatEventAlone) {
  std::string bytes = Header() + Framed(AttemptOf("alice", 1));
  const size_t at = bytes.size() + 20;
  bytes += Framed(AttemptOf("bob", 2)) + Framed(AttemptOf("carol", 3));
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  const Read read = ReadAll(bytes);
  EXPECT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.tally.damaged, 1);
  EXPECT_EQ(read.tally.lost_bytes, 0U);
}

TEST(RecordingReaderTest, OtherFilesAreRefusedAndSoAreNewerVersions) {
  EXPECT_THAT(std::string(ReadAll("Nov 21 12:00:01 host sshd[1]: x").status.message()),
              HasSubstr("a.lkr: byte 0: not a recording"));
  EXPECT_EQ(ReadAll("").status.code(), absl::StatusCode::kInvalidArgument);
  std::string newer = Header();
  newer[8] = 2;
  EXPECT_THAT(std::string(ReadAll(newer).status.message()),
              HasSubstr("version 2, this release reads version 1"));
  for (size_t cut = 0; cut < Header().size(); ++cut) {
    EXPECT_FALSE(ReadAll(Header().substr(0, cut)).status.ok()) << cut;
  }
}

TEST(RecordingReaderTest, AnotherEnvironmentIsRefusedWhereItBegins) {
  const Read read = ReadAll(Header("prod") + Framed(AttemptOf("alice", 1)) + Header("staging"));
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_THAT(std::string(read.status.message()), HasSubstr("environment 'staging' follows one of 'prod'"));
}

}  // namespace
}  // namespace latchkey
