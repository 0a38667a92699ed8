// A server has ended when nobody in it needs the engine any more: whoever has waited for it may end that too.
#include <future>

#include "engine/store/forwarding_store.h"
#include "tests/adapters/grpc/guard_fixture.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Answers charges when it is told to.
class HeldStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  void Charge(const ShardKeys& keys, std::shared_ptr<const ChargeRequest> request, Duration deadline,
              std::function<void(absl::StatusOr<ChargeResult>)> done) override {
    held_.set_value([this, keys, request = std::move(request), deadline, done = std::move(done)] {
      store_.Charge(keys, request, deadline, done);
    });
  }
  // Waits for the charge; whoever calls what is answered lets it go on.
  std::function<void()> Next() { return held_.get_future().get(); }

 private:
  std::promise<std::function<void()>> held_;
};

class LastAnswersTest : public GuardServerTest {
 protected:
  void SetUp() override {
    auto server = GrpcServer::Start({.listen_address = "127.0.0.1:0"},
                                    {{&slow_, v1::LoginGuardService::service_full_name()}}, engine_.drain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::LoginGuardService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                                               grpc::InsecureChannelCredentials()));
  }

  // Ends the server while the store owes an answer, and lets the store go on only then.
  void ExpectToEndAfter(const std::function<void()>& last_answer) {
    std::future<void> ended =
        std::async(std::launch::async, [this] { server_->Drain(Duration(0), milliseconds(1)); });
    EXPECT_EQ(ended.wait_for(milliseconds(300)), std::future_status::timeout);
    last_answer();
    EXPECT_EQ(ended.wait_for(seconds(20)), std::future_status::ready);
  }

  HeldStore held_{engine_.store};
  Assessor assessor_{{engine_.clock, engine_.random, engine_.keys, engine_.sealer, engine_.policies,
                      engine_.revocations, held_, engine_.store, engine_.observers},
                     {}};
  GuardService slow_{{auth_, assessor_, engine_.reporter, engine_.owners, engine_.keys, engine_.policies,
                      engine_.clock, engine_.drain}};
};

TEST_F(LastAnswersTest, AConversationWhoseCallerHasGoneWaitsForWhatItHasAsked) {
  const auto context = As("shop-key");
  const auto stream = stub_->Converse(context.get());
  v1::ConverseRequest frame;
  *frame.add_items()->mutable_assess() = Login("alice");
  ASSERT_TRUE(stream->Write(frame));
  const std::function<void()> last_answer = held_.Next();
  context->TryCancel();
  ExpectToEndAfter(last_answer);
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(LastAnswersTest, ALogThatIsBeingRecordedWaitsForTheEventUnderWay) {
  const auto context = As("shop-key");
  v1::RecordEventsResponse summary;
  const auto stream = stub_->RecordEvents(context.get(), &summary);
  v1::RecordEventsRequest frame;
  for (int i = 0; i < 2; ++i) {
    auto* const event = frame.add_events();
    event->set_account("alice");
    event->set_source("192.0.2.7");
    event->set_outcome(v1::OUTCOME_WRONG);
  }
  ASSERT_TRUE(stream->Write(frame));
  ExpectToEndAfter(held_.Next());
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace latchkey
