#include "engine/recording/queue.h"

#include <gtest/gtest.h>

#include "engine/recording/frames.h"
#include "engine/recording/recorder.h"

namespace latchkey {
namespace {

TEST(RecordingQueueTest, WhatFindsNoRoomIsDroppedAndCounted) {
  RecordingQueue queue(/*bytes_max=*/2 * (kFrameHead + 100));
  const std::string event(100, 'x');
  for (int i = 0; i < 5; ++i) queue.Add(event);
  EXPECT_EQ(queue.counts().dropped, 3U);

  const RecordingQueue::Batch batch = queue.Take();
  EXPECT_EQ(batch.events, 2U);
  queue.Kept(batch);
  EXPECT_EQ(queue.counts().kept, 2U);

  queue.Add(event);
  EXPECT_EQ(queue.Take().events, 1U) << "what was taken makes room";
}

TEST(InShareTest, ALargerShareHoldsTheSmallerOnes) {
  int in_tenth = 0;
  for (uint64_t i = 0; i < 10'000; ++i) {
    const Key account{.high = i * 0x9E37'79B9'7F4A'7C15ULL, .low = 0};
    if (InShare(account, 0.1)) {
      ++in_tenth;
      EXPECT_TRUE(InShare(account, 0.3));
    }
    EXPECT_TRUE(InShare(account, 1));
  }
  EXPECT_NEAR(in_tenth, 1000, 100);
}

}  // namespace
}  // namespace latchkey
