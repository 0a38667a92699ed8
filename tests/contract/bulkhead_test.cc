#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "adapters/memory/memory_signal_store.h"
#include "engine/store/bulkhead_store.h"
#include "engine/store/forwarding_store.h"
#include "tests/contract/signal_store_contract.h"

namespace latchkey {
namespace {

using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAre;

// Answers no charge before it is told to.
class SlowStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  void Charge(const ShardKeys&, std::shared_ptr<const ChargeRequest>, Duration,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    waiting_.push_back(std::move(done));
  }
  [[nodiscard]] std::string_view name() const override { return "slow"; }

  void AnswerOne() {
    auto done = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    done(ChargeResult{});
  }
  [[nodiscard]] size_t waiting() const { return waiting_.size(); }

 private:
  std::vector<std::function<void(absl::StatusOr<ChargeResult>)>> waiting_;
};

class BulkheadStoreTest : public testing::Test {
 protected:
  void Charge(LaneAsk first, Duration deadline = Duration(1000)) {
    store_.Charge(
        {}, std::make_shared<ChargeRequest>(AttemptIn({std::move(first)})), deadline,
        [this](const absl::StatusOr<ChargeResult>& result) { answers_.push_back(result.status().code()); });
  }

  FakeClock clock_;
  MemorySignalStore memory_{clock_, {}};
  SlowStore slow_{memory_};
  BulkheadStore store_{
      slow_, clock_, [] { return std::chrono::nanoseconds(0); }, {.in_flight_max = 2, .waiting_max = 3}};
  std::vector<absl::StatusCode> answers_;
};

TEST_F(BulkheadStoreTest, StrangersWaitTheirTurnAndAreAllAnswered) {
  for (int i = 0; i < 5; ++i) Charge(StrangerLane({}));
  EXPECT_EQ(slow_.waiting(), 2U);
  for (int i = 0; i < 5; ++i) slow_.AnswerOne();
  EXPECT_THAT(answers_, ElementsAreArray(std::vector(5, absl::StatusCode::kOk)));
  EXPECT_EQ(store_.held_back(), 0U);
}

TEST_F(BulkheadStoreTest, WhoFindsTooManyWaitingIsAnsweredAtOnce) {
  for (int i = 0; i < 7; ++i) Charge(StrangerLane({}));
  EXPECT_THAT(answers_, ElementsAreArray(std::vector(2, absl::StatusCode::kResourceExhausted)));
  EXPECT_EQ(store_.held_back(), 2U);
}

TEST_F(BulkheadStoreTest, ADeviceIsAlwaysSentAtOnce) {
  for (int i = 0; i < 9; ++i) Charge(StrangerLane({}));
  for (int i = 0; i < 5; ++i) Charge(LaneWith(Lane::kDevice, 1, {}));
  EXPECT_EQ(slow_.waiting(), 7U);
}

// What a queue costs is known after some rounds, so this store does one thing at a time, 30 us for each.
TEST_F(BulkheadStoreTest, MoreStrangersGoTogetherWhileNoDeviceComes) {
  std::chrono::nanoseconds now{0};
  BulkheadStore store(slow_, clock_, [&now] { return now; }, {});
  const auto charge = [&](LaneAsk first) {
    store.Charge({}, std::make_shared<ChargeRequest>(AttemptIn({std::move(first)})), Duration(1000),
                 [](const absl::StatusOr<ChargeResult>&) {});
  };
  // Others always wait; answers how many are under way in the end.
  const auto play = [&](int answers, bool device) {
    for (int i = 0; i < answers; ++i) {
      charge(StrangerLane({}));
      if (device && i % 100 == 0) charge(LaneWith(Lane::kDevice, 1, {}));
      now += std::chrono::microseconds(30);
      slow_.AnswerOne();
    }
    return slow_.waiting();
  };
  for (int i = 0; i < 200; ++i) charge(StrangerLane({}));
  const size_t alone = play(5'000, /*device=*/false);
  EXPECT_GE(alone, 16U);
  EXPECT_LE(alone, 32U);
  const size_t attended = play(5'000, /*device=*/true);
  EXPECT_LE(attended, 12U) << "devices that are under way counted in";
  now += BulkheadStore::kAloneAfter;
  EXPECT_GE(play(5'000, /*device=*/false), 16U) << "soon after the last device they are as many again";
}

TEST_F(BulkheadStoreTest, NobodyWaitsBeyondHisDeadline) {
  for (int i = 0; i < 2; ++i) Charge(StrangerLane({}), Duration(50));
  for (int i = 0; i < 3; ++i) Charge(StrangerLane({}), Duration(20));
  clock_.Advance(Duration(20));
  slow_.AnswerOne();
  EXPECT_THAT(answers_,
              UnorderedElementsAre(absl::StatusCode::kOk, absl::StatusCode::kDeadlineExceeded,
                                   absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(slow_.waiting(), 1U);
}

TEST_F(BulkheadStoreTest, AStoreThatAnswersAtOnceIsAskedAtOnce) {
  MemorySignalStore at_once(clock_, {});
  BulkheadStore store(at_once, clock_, [] { return std::chrono::nanoseconds(0); },
                      {.in_flight_max = 1, .waiting_max = 100'000});
  int answered = 0;
  for (int i = 0; i < 100'000; ++i) {
    store.Charge({}, std::make_shared<ChargeRequest>(AttemptIn({StrangerLane({})})), Duration(1000),
                 [&](const absl::StatusOr<ChargeResult>&) { ++answered; });
  }
  EXPECT_EQ(answered, 100'000);
}

}  // namespace
}  // namespace latchkey
