#include "adapters/redis/command_queue.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace latchkey {
namespace {

class CommandQueueTest : public ::testing::Test {
 protected:
  static SteadyTime At(int ms) { return SteadyTime(std::chrono::milliseconds(ms)); }

  void Add(const std::string& name, int deadline_ms) {
    ASSERT_TRUE(queue_.Admit(100));
    auto hear = [this, name](absl::StatusOr<Reply> reply) {
      heard_.push_back(name + ":" + (reply.ok() ? reply->text : std::string(reply.status().message())));
    };
    queue_.Add({.wire = {name}, .deadline = At(deadline_ms), .done = hear});
  }
  static std::string Wire(const std::string& name) { return std::string(CommandText({name}).bytes()); }
  bool Answer(const std::string& text) {
    Reply reply;
    reply.kind = Reply::Kind::kSimple;
    reply.text = text;
    return queue_.Answer(reply);
  }

  CommandQueue queue_;
  std::string out_;
  std::vector<std::string> heard_;
};

TEST_F(CommandQueueTest, AnswersInTheOrderOfSending) {
  Add("a", 10);
  Add("b", 5);
  EXPECT_EQ(queue_.TakeWaiting(out_), 2U);
  EXPECT_EQ(out_, Wire("a") + Wire("b"));
  EXPECT_TRUE(Answer("1"));
  EXPECT_TRUE(Answer("2"));
  EXPECT_FALSE(Answer("3"));
  EXPECT_EQ(heard_, (std::vector<std::string>{"a:1", "b:2"}));
}

TEST_F(CommandQueueTest, MatchesTheReplyOfAnExpiredCommandToNobody) {
  Add("a", 10);
  Add("b", 20);
  queue_.TakeWaiting(out_);
  EXPECT_EQ(queue_.NextDeadline(), At(10));
  EXPECT_EQ(queue_.Expire(At(10)), 1U);
  EXPECT_EQ(queue_.late(), 1U);
  EXPECT_EQ(queue_.NextDeadline(), At(20));
  EXPECT_TRUE(Answer("late"));
  EXPECT_EQ(queue_.late(), 0U);
  EXPECT_TRUE(Answer("2"));
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_NE(heard_[0].find("unknown"), std::string::npos);
  EXPECT_EQ(heard_[1], "b:2");
}

TEST_F(CommandQueueTest, NeverSendsWhatExpiredWhileWaiting) {
  Add("a", 10);
  Add("b", 20);
  queue_.Expire(At(15));
  EXPECT_EQ(queue_.TakeWaiting(out_), 1U);
  EXPECT_EQ(out_, Wire("b"));
  EXPECT_EQ(queue_.late(), 0U);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_NE(heard_[0].find("not sent"), std::string::npos);
}

TEST_F(CommandQueueTest, EachExpiresAtItsOwnDeadlineWhateverTheirOrder) {
  std::mt19937 random(1);
  std::multiset<int> deadlines;
  for (int i = 0; i < 90; ++i) {
    const int deadline = static_cast<int>(random() % 50);
    deadlines.insert(deadline);
    Add("a", deadline);
    if (i == 40) queue_.TakeWaiting(out_);
  }
  size_t answered = 0;
  for (int now = 0; now < 50; ++now) {
    const auto next = queue_.NextDeadline();
    ASSERT_TRUE(deadlines.empty() || next <= At(*deadlines.begin())) << now;
    EXPECT_EQ(queue_.Expire(At(now)), deadlines.count(now)) << now;
    deadlines.erase(now);
    EXPECT_EQ(queue_.NextDeadline(),
              deadlines.empty() ? std::nullopt : std::optional(At(*deadlines.begin())));
  }
  EXPECT_EQ(heard_.size(), 90U);
  for (; Answer("late"); ++answered) {
  }
  EXPECT_EQ(answered, 41U) << "those that were written, and no others";
  EXPECT_EQ(queue_.late(), 0U);
  EXPECT_EQ(heard_.size(), 90U);
}

TEST_F(CommandQueueTest, TellsWhatWasNeverSentFromWhatMayHaveBeenExecuted) {
  Add("a", 10);
  queue_.TakeWaiting(out_);
  Add("b", 10);
  queue_.FailAll(absl::UnavailableError("not sent"), absl::UnavailableError("unknown"));
  EXPECT_EQ(heard_, (std::vector<std::string>{"a:unknown", "b:not sent"}));
  EXPECT_EQ(queue_.NextDeadline(), std::nullopt);
}

TEST_F(CommandQueueTest, AdmitsOnlySoManyUntilOneIsFinished) {
  for (int i = 0; i < 100; ++i) Add("a", 10);
  EXPECT_FALSE(queue_.Admit(100));
  queue_.TakeWaiting(out_);
  Answer("1");
  EXPECT_TRUE(queue_.Admit(100));
}

}  // namespace
}  // namespace latchkey
