#include "adapters/sqlite/outbox_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TimePoint At(int64_t millis) { return TimePoint(Duration(millis)); }

OutboxEntry Full(uint64_t position) {
  return {.position = position,
          .target = "hook",
          .order_key = std::string("a\0b", 3),
          .notice_id = "standing-1",
          .kind = NoticeKind::kStanding,
          .payload = "{}",
          .book = 2,
          .sequence = 9'000'000'000,
          .made = At(1000),
          .attempts = 3,
          .dead = true,
          .died = At(2000),
          .why = "HTTP 400",
          .replays = 1};
}

class OutboxFileTest : public testing::Test {
 protected:
  std::unique_ptr<OutboxFile> Open() {
    auto file = OutboxFile::Open(folder_.File("outbox"));
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  OutboxContents Contents() { return *Open()->Load(); }

  ScratchFolder folder_;
};

TEST_F(OutboxFileTest, IsEmptyAtFirst) {
  const OutboxContents contents = Contents();
  EXPECT_EQ(contents.last_position, 0U);
  EXPECT_THAT(contents.entries, IsEmpty());
}

TEST_F(OutboxFileTest, KeepsEveryFieldInOrder) {
  EXPECT_TRUE(Open()->Save({.put = {Full(5), Full(4)}, .known = {{"n", At(9)}}, .stopped = {"hook"}}).ok());
  const OutboxContents contents = Contents();
  EXPECT_THAT(contents.entries, ElementsAre(Full(4), Full(5)));
  EXPECT_THAT(contents.known, ElementsAre(KnownNotice{"n", At(9)}));
  EXPECT_THAT(contents.stopped, ElementsAre("hook"));
  EXPECT_EQ(contents.last_position, 5U);
}

TEST_F(OutboxFileTest, ReplacesRemovesAndNeverUsesAPositionAgain) {
  const auto file = Open();
  ASSERT_TRUE(file->Save({.put = {Full(1), Full(2)}, .stopped = {"hook"}}).ok());
  OutboxEntry changed = Full(1);
  changed.dead = false;
  changed.attempts = 4;
  ASSERT_TRUE(file->Save({.put = {changed}, .removed = {2}, .resumed = {"hook"}}).ok());
  const OutboxContents contents = *file->Load();
  EXPECT_THAT(contents.entries, ElementsAre(changed));
  EXPECT_THAT(contents.stopped, IsEmpty());
  EXPECT_EQ(contents.last_position, 2U);
}

TEST_F(OutboxFileTest, ForgetsKnownNoticesWhoseTimeIsOver) {
  const auto file = Open();
  ASSERT_TRUE(file->Save({.known = {{"a", At(10)}, {"b", At(20)}}}).ok());
  ASSERT_TRUE(file->Save({.known = {{"c", At(30)}}, .forget_before = At(10)}).ok());
  EXPECT_THAT(file->Load()->known, ElementsAre(KnownNotice{"b", At(20)}, KnownNotice{"c", At(30)}));
}

}  // namespace
}  // namespace latchkey
