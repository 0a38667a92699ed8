#include "cli/demo/standings_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace latchkey::demo {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kPatience = absl::Seconds(10);

v1::WatchStandingsResponse Place(const std::string& cursor) {
  v1::WatchStandingsResponse message;
  message.set_cursor(cursor);
  return message;
}

v1::Standing Standing(const std::string& account, v1::StandingState state) {
  v1::Standing standing;
  standing.set_account(account);
  standing.set_state(state);
  return standing;
}

v1::WatchStandingsResponse Change(int64_t sequence, const std::string& account, v1::StandingState state) {
  v1::WatchStandingsResponse message = Place("c" + std::to_string(sequence));
  message.set_sequence(sequence);
  *message.mutable_standing() = Standing(account, state);
  return message;
}

// Sends what a test tells it, stream by stream; the last stream stays open.
class FakeWorkflows final : public v1::WorkflowsService::Service {
 public:
  struct Stream {
    std::vector<v1::WatchStandingsResponse> messages;
    grpc::Status end;
  };

  grpc::Status WatchStandings(grpc::ServerContext* context, const v1::WatchStandingsRequest* request,
                              grpc::ServerWriter<v1::WatchStandingsResponse>* writer) override {
    Stream stream;
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      cursors_.push_back(request->cursor());
      if (!streams_.empty()) {
        stream = streams_.front();
        streams_.pop_front();
      }
      last = streams_.empty();
    }
    for (const v1::WatchStandingsResponse& message : stream.messages) writer->Write(message);
    if (!last || !stream.end.ok()) return stream.end;
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return grpc::Status::CANCELLED;
  }

  grpc::Status GetStanding(grpc::ServerContext* /*context*/, const v1::GetStandingRequest* request,
                           v1::GetStandingResponse* response) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request->account());
    *response->mutable_standing() = Standing(request->account(), v1::STANDING_STATE_UNDER_ATTACK);
    return grpc::Status::OK;
  }

  std::mutex mutex_;
  std::deque<Stream> streams_;
  std::vector<std::string> cursors_;
  std::vector<std::string> asked_;
};

class StandingsWatchTest : public ::testing::Test {
 protected:
  StandingsWatchTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&workflows_);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  }
  ~StandingsWatchTest() override {
    watch_.reset();
    server_->Shutdown();
    server_->Wait();
  }
  void Watch(std::deque<FakeWorkflows::Stream> streams) {
    workflows_.streams_ = std::move(streams);
    watch_ = std::make_unique<StandingsWatch>(channel_, "auction-17", [this](const v1::Standing& standing) {
      heard_.push_back(standing.account());
    });
  }

  const grpc::Status broken_{grpc::StatusCode::UNAVAILABLE, "this node drains"};
  FakeWorkflows workflows_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::vector<std::string> heard_;  // by the watch's thread, until it has heard what is awaited
  std::unique_ptr<StandingsWatch> watch_;
};

TEST_F(StandingsWatchTest, HoldsWhatWasKnownUntilAChangeIsHeard) {
  Watch({{{Place("c0"), Change(1, "alice", v1::STANDING_STATE_UNDER_ATTACK)}, {}}});
  ASSERT_TRUE(watch_->Await("alice", v1::STANDING_STATE_UNDER_ATTACK, kPatience).ok());
  watch_->Know(Standing("mallory", v1::STANDING_STATE_GOOD));
  watch_->Know(Standing("alice", v1::STANDING_STATE_GOOD));  // an answer that was slower than the change
  EXPECT_EQ(watch_->Latest("mallory")->state(), v1::STANDING_STATE_GOOD);
  EXPECT_EQ(watch_->Latest("alice")->state(), v1::STANDING_STATE_UNDER_ATTACK);
  EXPECT_FALSE(watch_->Latest("bob").has_value());
}

TEST_F(StandingsWatchTest, GoesOnAfterTheLastChangeWhenTheStreamBreaksAndTakesNoneTwice) {
  Watch({{{Place("c0"), Change(1, "alice", v1::STANDING_STATE_SUSPECTED)}, broken_},
         {{}, broken_},
         {{Change(1, "alice", v1::STANDING_STATE_SUSPECTED), Change(2, "bob", v1::STANDING_STATE_SUSPECTED)},
          {}}});
  ASSERT_TRUE(watch_->Await("bob", v1::STANDING_STATE_SUSPECTED, kPatience).ok());
  EXPECT_THAT(heard_, ElementsAre("alice", "bob"));
  EXPECT_EQ(watch_->changes(), 2);
  const std::lock_guard lock(workflows_.mutex_);
  EXPECT_THAT(workflows_.cursors_, ElementsAre("", "c1", "c1"));
}

TEST_F(StandingsWatchTest, AsksForAllAndBeginsAnewWhereChangesAreKeptNoLonger) {
  const grpc::Status gone(grpc::StatusCode::OUT_OF_RANGE, "kept no longer");
  Watch({{{Place("c0"), Change(7, "alice", v1::STANDING_STATE_SUSPECTED)}, broken_},
         {{}, gone},
         {{Place("d0"), Change(3, "bob", v1::STANDING_STATE_SUSPECTED)}, {}}});
  ASSERT_TRUE(watch_->Await("bob", v1::STANDING_STATE_SUSPECTED, kPatience).ok());
  EXPECT_EQ(watch_->Latest("alice")->state(), v1::STANDING_STATE_UNDER_ATTACK);
  const std::lock_guard lock(workflows_.mutex_);
  EXPECT_THAT(workflows_.cursors_, ElementsAre("", "c7", ""));
  EXPECT_THAT(workflows_.asked_, ElementsAre("alice"));
}

TEST_F(StandingsWatchTest, ARefusalIsSaidAndNotTriedAgain) {
  Watch({{{}, {grpc::StatusCode::PERMISSION_DENIED, "role: dependent"}}});
  EXPECT_EQ(watch_->AwaitBegin(kPatience).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(watch_->Await("alice", v1::STANDING_STATE_GOOD, kPatience).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(watch_->Latest("alice").has_value());
  const std::lock_guard lock(workflows_.mutex_);
  EXPECT_THAT(workflows_.cursors_, ElementsAre(""));
}

}  // namespace
}  // namespace latchkey::demo
