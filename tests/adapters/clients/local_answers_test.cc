#include "adapters/clients/cpp/local_answers.h"

#include <gtest/gtest.h>

namespace latchkey::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const absl::Status kWhy = absl::UnavailableError("gone");
const LocalAnswers::TimePoint kStart{std::chrono::hours(1)};

TEST(LocalAnswersTest, RefusingAsksToTryAgainInASecond) {
  LocalAnswers local(FailMode::kRefuse, 10);
  const auto answer = local.Answer(kWhy, kStart);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->action(), v1::ACTION_THROTTLE);
  EXPECT_EQ(answer->retry_after().seconds(), 1);
  EXPECT_TRUE(answer->degraded());
  EXPECT_TRUE(IsLocal(*answer));
  EXPECT_TRUE(answer->attempt_token().empty());
}

TEST(LocalAnswersTest, AllowingHasARateAndThenRefuses) {
  LocalAnswers local(FailMode::kAllow, 3);
  const auto allowed = [&](LocalAnswers::TimePoint now) {
    return local.Answer(kWhy, now)->action() == v1::ACTION_ALLOW;
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowed(kStart));
  EXPECT_FALSE(allowed(kStart));
  EXPECT_FALSE(allowed(kStart + milliseconds(300)));
  EXPECT_TRUE(allowed(kStart + milliseconds(400)));
  EXPECT_FALSE(allowed(kStart + milliseconds(400)));
  // However long nobody asked, no more than a second's worth at once.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowed(kStart + seconds(3600)));
  EXPECT_FALSE(allowed(kStart + seconds(3600)));

  ClientCounts counts;
  local.Count(counts);
  EXPECT_EQ(counts.local_allows, 7U);
  EXPECT_EQ(counts.local_refusals, 4U);
}

TEST(LocalAnswersTest, AllowingNothingASecondIsRefusing) {
  LocalAnswers local(FailMode::kAllow, 0);
  EXPECT_EQ(local.Answer(kWhy, kStart)->action(), v1::ACTION_THROTTLE);
}

TEST(LocalAnswersTest, FailingGivesTheReason) {
  LocalAnswers local(FailMode::kFail, 10);
  EXPECT_EQ(local.Answer(kWhy, kStart).status(), kWhy);
}

}  // namespace
}  // namespace latchkey::client
