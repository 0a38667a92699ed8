// A workflow that watches standings while engines are killed: no gap, no reordering, no loss; and what comes
// twice is known by its number.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "adapters/sodium/key_ring_file.h"
#include "latchkey/v1/workflow.grpc.pb.h"
#include "tests/support/latchkeyd.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

constexpr int kChanges = 60;

std::unique_ptr<v1::WorkflowsService::Stub> StubFor(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return v1::WorkflowsService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

// Who asks a node that is gone hears so at once: it comes back on another port.
std::unique_ptr<grpc::ClientContext> Patience(std::chrono::seconds patience) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + patience);
  return context;
}

struct Change {
  int64_t sequence;
  int number;  // the reason that it was set with
  bool operator==(const Change&) const = default;
};

// Reads from `cursor` on until change `last` has come or the stream ends; the cursor moves along. `heard` is
// told the number of each.
void Watch(
    const std::string& address, std::string& cursor, int last, std::vector<Change>& changes,
    const std::function<void(int)>& heard = [](int) {}) {
  const auto context = Patience(std::chrono::seconds(20));
  v1::WatchStandingsRequest request;
  request.set_workflow("auction-17");
  request.set_cursor(cursor);
  const auto stream = StubFor(address)->WatchStandings(context.get(), request);
  v1::WatchStandingsResponse message;
  while (stream->Read(&message)) {
    cursor = message.cursor();
    if (!message.has_standing()) continue;
    changes.push_back({message.sequence(), std::stoi(message.standing().reason())});
    heard(changes.back().number);
    if (changes.back().number == last) break;
  }
  context->TryCancel();
  const grpc::Status status = stream->Finish();
  EXPECT_NE(status.error_code(), grpc::StatusCode::OUT_OF_RANGE) << status.error_message();
  EXPECT_NE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
}

void Register(const std::string& address) {
  v1::RegisterStakeRequest stake;
  stake.set_account("alice");
  stake.set_workflow("auction-17");
  stake.mutable_end_time()->set_seconds(time(nullptr) + 3600);
  v1::RegisterStakeResponse response;
  const grpc::Status status =
      StubFor(address)->RegisterStake(Patience(std::chrono::seconds(20)).get(), stake, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

// Sets one standing after the other, each until it is answered: what was set twice has the same number.
class Writer {
 public:
  // `at` answers where to ask now.
  explicit Writer(std::function<std::string()> at) : at_(std::move(at)), thread_([this] { Run(); }) {}
  ~Writer() { thread_.join(); }
  [[nodiscard]] int done() const { return done_; }

 private:
  void Run() {
    for (int number = 1; number <= kChanges; ++number) {
      v1::SetStandingRequest request;
      request.set_account("alice");
      request.set_state(number % 2 == 1 ? v1::STANDING_STATE_COMPROMISED : v1::STANDING_STATE_GOOD);
      request.set_reason(std::to_string(number));
      v1::SetStandingResponse response;
      while (!StubFor(at_())->SetStanding(Patience(std::chrono::seconds(2)).get(), request, &response).ok()) {
      }
      done_ = number;
    }
  }

  const std::function<std::string()> at_;
  std::atomic<int> done_{0};
  std::thread thread_;
};

void ExpectWhole(const std::vector<Change>& changes) {
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes.front().number, 1);
  EXPECT_EQ(changes.back().number, kChanges);
  for (size_t i = 1; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].sequence, changes[i - 1].sequence + 1);
    EXPECT_GE(changes[i].number, changes[i - 1].number);
    EXPECT_LE(changes[i].number, changes[i - 1].number + 1);
  }
}

TEST(StandingsRestartTest, AnEngineThatStandsAloneIsKilledWhileSomebodyWatches) {
  Latchkeyd daemon;
  std::mutex mutex;
  std::string address = daemon.address();
  const auto at = [&] {
    const std::lock_guard lock(mutex);
    return address;
  };
  Register(at());
  std::string cursor;
  std::vector<Change> changes;
  {
    const auto context = Patience(std::chrono::seconds(20));
    const auto stream = StubFor(at())->WatchStandings(context.get(), {});
    v1::WatchStandingsResponse message;
    ASSERT_TRUE(stream->Read(&message));
    cursor = message.cursor();
    context->TryCancel();
  }
  const std::string start = cursor;
  Writer writer(at);
  std::thread watcher([&] {
    while (changes.empty() || changes.back().number < kChanges) Watch(at(), cursor, kChanges, changes);
  });
  for (const int when : {kChanges / 3, 2 * kChanges / 3}) {
    while (writer.done() < when) std::this_thread::yield();
    daemon.process().Signal(SIGKILL);
    daemon.Restart();
    const std::lock_guard lock(mutex);
    address = daemon.address();
  }
  watcher.join();
  ExpectWhole(changes);
  // Whoever goes back to the start hears the same again, by the same numbers.
  std::vector<Change> again;
  cursor = start;
  Watch(at(), cursor, kChanges, again);
  EXPECT_EQ(again, changes);
}

TEST(StandingsRestartTest, ANodeOnRedisIsKilledAndItsWatcherGoesOnAtAnother) {
  const RedisServer redis;
  const std::string ring = testing::TempDir() + "standings-" + std::to_string(getpid()) + ".ring";
  ASSERT_TRUE(CreateKeyRing(ring).ok());
  const std::vector<std::string> flags = {"--store", redis.url(), "--key-ring", ring};
  auto first = std::make_unique<Latchkeyd>(flags);
  const Latchkeyd second(flags);
  Register(second.address());  // and yet the first node's watcher hears of it
  std::string cursor;
  {
    const auto context = Patience(std::chrono::seconds(20));
    const auto stream = StubFor(second.address())->WatchStandings(context.get(), {});
    v1::WatchStandingsResponse message;
    ASSERT_TRUE(stream->Read(&message));
    cursor = message.cursor();
    context->TryCancel();
  }
  std::vector<Change> changes;
  // Some changes are made after the node is gone.
  std::atomic<bool> killed{false};
  std::atomic<int> asked{0};
  Writer writer([&] {
    if (++asked > kChanges / 2 + 5) {
      while (!killed) std::this_thread::yield();
    }
    return second.address();
  });
  Watch(first->address(), cursor, kChanges, changes, [&](int number) {
    if (number < kChanges / 2 || killed.exchange(true)) return;
    first->process().Signal(SIGKILL);
  });
  killed = true;
  const size_t from_first = changes.size();
  Watch(second.address(), cursor, kChanges, changes);
  ExpectWhole(changes);
  EXPECT_GT(from_first, 0U);
  EXPECT_LT(from_first, changes.size());
  std::remove(ring.c_str());
}

}  // namespace
}  // namespace latchkey
