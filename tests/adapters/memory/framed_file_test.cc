#include "adapters/memory/framed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FramedFileTest : public testing::Test {
 protected:
  absl::StatusOr<FramedFile> Open() {
    payloads_.clear();
    report_ = {};
    return FramedFile::Open(
        path_, format_, [this](std::string_view payload) { payloads_.emplace_back(payload); }, report_);
  }
  void WriteFrames(const std::vector<std::string>& payloads) {
    absl::StatusOr<FramedFile> file = Open();
    ASSERT_TRUE(file.ok()) << file.status();
    for (const std::string& payload : payloads) {
      std::string frame;
      FramedFile::Frame(payload, frame);
      ASSERT_TRUE(file->Append(frame).ok());
    }
    ASSERT_TRUE(file->Sync().ok());
  }

  ScratchFolder folder_;
  std::string path_ = folder_.File("ledger");
  FileFormat format_{.magic = "LKTESTED", .version = 3, .environment = "production"};
  std::vector<std::string> payloads_;
  ReadReport report_;
};

TEST_F(FramedFileTest, ReadsBackWhatWasAppended) {
  WriteFrames({"one", "", std::string(300'000, 'x')});
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(payloads_, ElementsAre("one", "", std::string(300'000, 'x')));
  EXPECT_EQ(report_.frames, 3U);
  EXPECT_EQ(report_.cut_bytes, 0U);
}

// Files of earlier releases are read: the checksums are CRC-32 as gzip has it (RFC 1952).
TEST_F(FramedFileTest, WritesTheBytesThatItAlwaysWrote) {
  WriteFrames({"one"});
  const std::string header("LKTESTED\x03\0\0\0\x0a\0\0\0production\x02\x45\xed\x5d", 30);
  const std::string frame("\x03\0\0\0\x00\x9a\xa9\x29one", 11);
  EXPECT_EQ(ScratchFolder::Read(path_), header + frame);
}

TEST_F(FramedFileTest, CutsATornEndWhereverTheCrashWasAndGoesOnBehindIt) {
  WriteFrames({"one", "two"});
  const std::string whole = ScratchFolder::Read(path_);
  const size_t last_frame = 8 + 3;
  for (size_t torn = 1; torn < last_frame; ++torn) {
    ScratchFolder::Write(path_, whole.substr(0, whole.size() - torn));
    WriteFrames({"three"});
    ASSERT_TRUE(Open().ok());
    EXPECT_THAT(payloads_, ElementsAre("one", "three")) << torn;
    ScratchFolder::Write(path_, whole.substr(0, whole.size() - torn));
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(report_.cut_bytes, last_frame - torn);
  }
}

TEST_F(FramedFileTest, CutsAnEndThatWasNeverWrittenThoughItWasAllocated) {
  WriteFrames({"one"});
  ScratchFolder::Write(path_, ScratchFolder::Read(path_) + std::string(100, '\xff'));
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(payloads_, ElementsAre("one"));
  EXPECT_EQ(report_.cut_bytes, 100U);
}

TEST_F(FramedFileTest, SkipsAFrameThatRottedInTheMiddle) {
  WriteFrames({"one", "two", "three"});
  std::string bytes = ScratchFolder::Read(path_);
  bytes[bytes.find("two")] = 'T';
  ScratchFolder::Write(path_, bytes);
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(payloads_, ElementsAre("one", "three"));
  EXPECT_EQ(report_.damaged, 1U);
  EXPECT_EQ(report_.cut_bytes, 0U);
}

TEST_F(FramedFileTest, SkipsAFrameWhoseLengthRottedAndCutsNothingBehindIt) {
  WriteFrames({"one", "two", "three", "four"});
  const std::string whole = ScratchFolder::Read(path_);
  const size_t length_at = whole.find("two") - FramedFile::kFrameHead;
  for (const int flipped : {0x01, 0x02, 0x04, 0x08, 0x40}) {
    for (size_t byte = 0; byte < 4; ++byte) {
      std::string bytes = whole;
      bytes[length_at + byte] = static_cast<char>(bytes[length_at + byte] ^ flipped);
      ScratchFolder::Write(path_, bytes);
      ASSERT_TRUE(Open().ok());
      EXPECT_THAT(payloads_, ElementsAre("one", "three", "four")) << byte << ' ' << flipped;
      EXPECT_EQ(report_.damaged, 1U);
      EXPECT_EQ(report_.cut_bytes, 0U);
      EXPECT_EQ(ScratchFolder::Read(path_), bytes);
    }
  }
}

TEST_F(FramedFileTest, RefusesAForeignFileAndLeavesItAsItIs) {
  for (const std::string& foreign :
       {std::string("# my notes\n"), std::string("x"), std::string(5'000, '\0')}) {
    ScratchFolder::Write(path_, foreign);
    const absl::Status status = Open().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("not a file of ours"));
    EXPECT_EQ(ScratchFolder::Read(path_), foreign);
  }
}

TEST_F(FramedFileTest, RefusesAFileOfAnotherVersion) {
  WriteFrames({"one"});
  const std::string bytes = ScratchFolder::Read(path_);
  format_.version = 2;
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 3"));
  EXPECT_EQ(ScratchFolder::Read(path_), bytes);
}

TEST_F(FramedFileTest, RefusesAFileOfAnotherEnvironment) {
  WriteFrames({"one"});
  const std::string bytes = ScratchFolder::Read(path_);
  format_.environment = "staging";
  const absl::Status status = Open().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("belongs to environment 'production'"));
  EXPECT_EQ(ScratchFolder::Read(path_), bytes);
}

TEST_F(FramedFileTest, RefusesADamagedHeader) {
  WriteFrames({"one"});
  const std::string whole = ScratchFolder::Read(path_);
  for (size_t at = 12; at < 30; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    ScratchFolder::Write(path_, bytes);
    EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition) << at;
    EXPECT_EQ(ScratchFolder::Read(path_), bytes);
  }
}

TEST_F(FramedFileTest, AnEmptyFileIsANewOne) {
  ScratchFolder::Write(path_, "");
  WriteFrames({"one"});
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(payloads_, ElementsAre("one"));
}

TEST_F(FramedFileTest, TwoProcessesNeverShareAFile) {
  const absl::StatusOr<FramedFile> first = Open();
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("in use by another process"));
}

TEST_F(FramedFileTest, ASuccessorTakesThePlaceOfAFile) {
  WriteFrames({"one", "two"});
  {
    absl::StatusOr<FramedFile> file = Open();
    ASSERT_TRUE(file.ok());
    absl::StatusOr<FramedFile> successor = file->StartSuccessor();
    std::string frames;
    FramedFile::Frame("both", frames);
    ASSERT_TRUE(successor->Append(frames).ok());
    ASSERT_TRUE(file->Replace(*std::move(successor)).ok());
    frames.clear();
    FramedFile::Frame("after", frames);
    ASSERT_TRUE(file->Append(frames).ok());
  }
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(payloads_, ElementsAre("both", "after"));
}

TEST_F(FramedFileTest, ASuccessorThatACrashLeftBehindIsIgnored) {
  WriteFrames({"one"});
  ScratchFolder::Write(path_ + ".new", "half a fi");
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(payloads_, ElementsAre("one"));
}

TEST_F(FramedFileTest, SaysWhenTheFolderIsNotThere) {
  path_ = folder_.File("absent/ledger");
  EXPECT_THAT(std::string(Open().status().message()), HasSubstr("No such file"));
  EXPECT_THAT(payloads_, IsEmpty());
}

}  // namespace
}  // namespace latchkey
