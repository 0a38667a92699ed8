// The recording of one node in its folder: segments that come and go, and what is not ours stays.
#include "adapters/recording_file/recording_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "adapters/recording_file/file_source.h"
#include "engine/recording/event_codec.h"
#include "engine/recording/reader.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

using ::testing::HasSubstr;

RecordedAttempt AttemptOf(uint64_t decision, size_t path_bytes = 10) {
  RecordedAttempt attempt{.at = TimePoint(Duration(1)), .decision = decision};
  attempt.path = std::string(path_bytes, 'p');
  return attempt;
}

class RecordingFolderTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<RecordingFolder>> Open(uint64_t bytes_max = uint64_t{1} << 20U,
                                                        const std::string& environment = "prod") {
    RecordingFolderOptions options{.folder = folder_.File("recording"),
                                   .header = {.environment = environment},
                                   .bytes_max = bytes_max,
                                   .age_max = std::chrono::hours(24)};
    options.flush_every = Duration(5);
    return RecordingFolder::Open(options, queue_, clock_);
  }
  [[nodiscard]] std::vector<std::string> Segments() const { return ListSegments(folder_.File("recording")); }

  // The decisions in all segments, in their order.
  [[nodiscard]] std::vector<uint64_t> Decisions() const {
    std::vector<uint64_t> decisions;
    for (const std::string& path : Segments()) {
      auto source = FileSource::Open(path);
      EXPECT_TRUE(source.ok()) << source.status();
      auto reader = RecordingReader::Open(path, *std::move(source));
      EXPECT_TRUE(reader.ok()) << reader.status();
      while (true) {
        const auto event = (*reader)->Next();
        EXPECT_TRUE(event.ok()) << event.status();
        if (!event.ok() || !*event) break;
        decisions.push_back(std::get<RecordedAttempt>(**event).decision);
      }
    }
    return decisions;
  }
  [[nodiscard]] uint64_t BytesOnDisk() const {
    uint64_t bytes = 0;
    for (const std::string& path : Segments()) bytes += std::filesystem::file_size(path);
    return bytes;
  }
  // Until what was added is on the disk.
  void AwaitKept(uint64_t events) const {
    for (int i = 0; i < 2000 && queue_.counts().kept < events; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ASSERT_EQ(queue_.counts().kept, events);
  }

  ScratchFolder folder_;
  FakeClock clock_;
  RecordingQueue queue_{size_t{8} << 20U};
};

TEST_F(RecordingFolderTest, WhatWaitsIsWrittenBeforeTheEnd) {
  {
    const auto folder = Open();
    ASSERT_TRUE(folder.ok()) << folder.status();
    for (uint64_t i = 1; i <= 100; ++i) queue_.Add(EncodeEvent(AttemptOf(i)));
  }
  EXPECT_EQ(Decisions().size(), 100U);
  clock_.Advance(std::chrono::seconds(1));
  { ASSERT_TRUE(Open().ok()) << "the next run begins a segment of its own"; }
  EXPECT_EQ(Segments().size(), 2U);
}

TEST_F(RecordingFolderTest, TheOldestGoWhenTheBytesAreFull) {
  constexpr uint64_t kMost = 64 * 1024;
  const auto folder = Open(kMost);
  ASSERT_TRUE(folder.ok()) << folder.status();
  for (uint64_t i = 1; i <= 200; ++i) {
    queue_.Add(EncodeEvent(AttemptOf(i, 1000)));
    if (i % 4 != 0) continue;
    AwaitKept(i);
    clock_.Advance(std::chrono::seconds(1));
  }
  EXPECT_LE(BytesOnDisk(), kMost + 2 * kMost / RecordingFolder::kSegments);
  const std::vector<uint64_t> left = Decisions();
  EXPECT_GT(left.size(), 30U);
  EXPECT_EQ(left.back(), 200U) << "the newest are there";
}

TEST_F(RecordingFolderTest, WhatIsNotOursIsRefusedAndLeftAsItIs) {
  { ASSERT_TRUE(Open().ok()); }
  const absl::Status other = Open(1 << 20, "staging").status();
  EXPECT_EQ(other.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(other.message()), HasSubstr("belongs to environment 'prod', this is 'staging'"));

  const std::string notes = folder_.File("recording/notes.lkr");
  ScratchFolder::Write(notes, "these are notes");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("notes.lkr: byte 0: not a recording"));
  EXPECT_EQ(ScratchFolder::Read(notes), "these are notes");
}

TEST_F(RecordingFolderTest, ATornSegmentOfACrashIsNoObstacle) {
  {
    const auto folder = Open();
    queue_.Add(EncodeEvent(AttemptOf(1)));
  }
  const std::string segment = Segments().front();
  const std::string bytes = ScratchFolder::Read(segment);
  ScratchFolder::Write(segment, bytes.substr(0, bytes.size() - 3));
  clock_.Advance(std::chrono::seconds(1));
  {
    ASSERT_TRUE(Open().ok());
    queue_.Add(EncodeEvent(AttemptOf(2)));
    AwaitKept(1);
  }
}

}  // namespace
}  // namespace latchkey
