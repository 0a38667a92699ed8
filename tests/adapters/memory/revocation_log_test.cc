#include "adapters/memory/revocation_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

constexpr Key kAlice{.high = ~uint64_t{0}, .low = 7};
constexpr Key kBob{.high = 5, .low = 7};
constexpr uint64_t kLaptop = (uint64_t{1} << 48U) - 1;

class RevocationLogTest : public testing::Test {
 protected:
  std::unique_ptr<RevocationLog> Open(TimePoint now) {
    absl::StatusOr<std::unique_ptr<RevocationLog>> log = RevocationLog::Open(path_, "production", now);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  ScratchFolder folder_;
  std::string path_ = folder_.File("revocations");
  TimePoint now_{hours(24 * 365 * 50)};
};

TEST_F(RevocationLogTest, RefusesWhatWasRevokedAndNothingElse) {
  const auto log = Open(now_);
  ASSERT_TRUE(log->RevokeAll(kAlice, 4, now_ + hours(1)).ok());
  ASSERT_TRUE(log->RevokeDevice(kLaptop, now_ + hours(1)).ok());
  EXPECT_EQ(log->EpochOf(kAlice), 4);
  EXPECT_EQ(log->EpochOf(kBob), 0);
  EXPECT_TRUE(log->IsRevoked(kLaptop));
  EXPECT_FALSE(log->IsRevoked(1));
}

TEST_F(RevocationLogTest, AnEpochNeverGoesBack) {
  const auto log = Open(now_);
  ASSERT_TRUE(log->RevokeAll(kAlice, 4, now_ + hours(2)).ok());
  ASSERT_TRUE(log->RevokeAll(kAlice, 3, now_ + hours(1)).ok());
  EXPECT_EQ(log->EpochOf(kAlice), 4);
}

TEST_F(RevocationLogTest, ARestartRevivesNothing) {
  {
    const auto log = Open(now_);
    ASSERT_TRUE(log->RevokeAll(kAlice, 4, now_ + hours(1)).ok());
    ASSERT_TRUE(log->RevokeDevice(kLaptop, now_ + hours(1)).ok());
  }
  const auto log = Open(now_ + hours(1) - Duration(1));
  EXPECT_EQ(log->EpochOf(kAlice), 4);
  EXPECT_TRUE(log->IsRevoked(kLaptop));
}

TEST_F(RevocationLogTest, IsOnDiskWhenARevocationReturns) {
  const auto log = Open(now_);
  const size_t before = ScratchFolder::Read(path_).size();
  ASSERT_TRUE(log->RevokeDevice(kLaptop, now_ + hours(1)).ok());
  EXPECT_GT(ScratchFolder::Read(path_).size(), before);
}

TEST_F(RevocationLogTest, LeavesOutWhatNoTokenCanOutliveWhenItIsOpenedAgain) {
  {
    const auto log = Open(now_);
    for (int i = 1; i <= 100; ++i) ASSERT_TRUE(log->RevokeAll(kAlice, i, now_ + hours(2)).ok());
    ASSERT_TRUE(log->RevokeDevice(kLaptop, now_ + hours(1)).ok());
  }
  const size_t before = ScratchFolder::Read(path_).size();
  EXPECT_EQ(Open(now_ + hours(1))->size(), 1U);
  EXPECT_LT(ScratchFolder::Read(path_).size(), before / 10);
  EXPECT_EQ(Open(now_ + hours(1))->EpochOf(kAlice), 100);
}

TEST_F(RevocationLogTest, ATornEndIsARevocationThatNeverReturned) {
  {
    const auto log = Open(now_);
    ASSERT_TRUE(log->RevokeDevice(1, now_ + hours(1)).ok());
    ASSERT_TRUE(log->RevokeDevice(2, now_ + hours(1)).ok());
  }
  const std::string whole = ScratchFolder::Read(path_);
  ScratchFolder::Write(path_, whole.substr(0, whole.size() - 1));
  const auto log = Open(now_);
  EXPECT_TRUE(log->IsRevoked(1));
  EXPECT_GT(log->read().cut_bytes, 0U);
}

TEST_F(RevocationLogTest, DoesNotStartWithoutAnEntryThatRotted) {
  {
    const auto log = Open(now_);
    ASSERT_TRUE(log->RevokeDevice(1, now_ + hours(1)).ok());
    ASSERT_TRUE(log->RevokeDevice(2, now_ + hours(1)).ok());
  }
  std::string bytes = ScratchFolder::Read(path_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  ScratchFolder::Write(path_, bytes);
  const absl::Status status = RevocationLog::Open(path_, "production", now_).status();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(ScratchFolder::Read(path_), bytes);
}

// The length of an entry is as likely to rot as the rest of it.
TEST_F(RevocationLogTest, NoByteThatRotsRevivesALaterRevocation) {
  size_t first = 0;
  size_t last = 0;
  {
    const auto log = Open(now_);
    first = ScratchFolder::Read(path_).size();
    ASSERT_TRUE(log->RevokeDevice(1, now_ + hours(1)).ok());
    ASSERT_TRUE(log->RevokeAll(kAlice, 4, now_ + hours(1)).ok());
    last = ScratchFolder::Read(path_).size();
    ASSERT_TRUE(log->RevokeDevice(2, now_ + hours(1)).ok());
  }
  const std::string whole = ScratchFolder::Read(path_);
  for (size_t at = first; at < last; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    ScratchFolder::Write(path_, bytes);
    const absl::Status status = RevocationLog::Open(path_, "production", now_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << at;
    EXPECT_EQ(ScratchFolder::Read(path_), bytes) << at;
  }
}

TEST_F(RevocationLogTest, RefusesTheFileOfAnotherEnvironment) {
  Open(now_);
  const absl::Status status = RevocationLog::Open(path_, "staging", now_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'production'"));
}

}  // namespace
}  // namespace latchkey
