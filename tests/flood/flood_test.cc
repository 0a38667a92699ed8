// A flood of invented accounts against a real Redis with little memory (P6): nothing live is lost, memory
// stays under its cap, and owners on their devices are answered as ever. LATCHKEY_FLOOD=n invents n accounts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/redis/fill_watch.h"
#include "adapters/redis/redis_backend.h"
#include "engine/store/bulkhead_store.h"
#include "engine/store/overflow_store.h"
#include "tests/contract/signal_store_contract.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

using std::chrono::steady_clock;

constexpr uint16_t kGuesses = 7;
constexpr size_t kSentAtOnce = 64;
constexpr int64_t kOfferedForOne = 10;

int64_t Invented() {
  const char* asked = std::getenv("LATCHKEY_FLOOD");
  int64_t invented = 60'000;
  if (asked != nullptr && !absl::SimpleAtoi(asked, &invented)) throw std::invalid_argument("LATCHKEY_FLOOD");
  return invented;
}

// Half of what so many records would take, and something to live on.
int64_t MegabytesFor(int64_t accounts) { return 8 + accounts * 150 / 2'000'000; }

class WallClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
};

class FloodTest : public testing::Test {
 protected:
  FloodTest()
      : redis_({.arguments = {"--maxmemory", absl::StrCat(MegabytesFor(Invented()), "mb"),
                              "--maxmemory-policy", "noeviction"}}),
        backend_(Open(redis_)),
        overflow_(backend_->store(), crowding_, clock_),
        bulkhead_(overflow_, clock_, [] { return steady_clock::now().time_since_epoch(); },
                  {.in_flight_max = kSentAtOnce, .waiting_max = kSentAtOnce}),
        store_({std::shared_ptr<void>(), &bulkhead_}) {
    watch_.emplace(backend_->client(), crowding_,
                   FillWatchOptions{.marker = "lk:{test:f}", .every = Duration(20)}, nullptr);
    while (!backend_->up()) std::this_thread::sleep_for(Duration(5));
  }

  static std::unique_ptr<RedisBackend> Open(const RedisServer& server) {
    RedisSettings settings{.url = server.url(), .environment = "test"};
    settings.connection.command_timeout = Duration(5000);
    settings.connection.connect_timeout = Duration(2000);
    return *RedisBackend::Open(settings, nullptr);
  }

  static ChargeRequest Guess() {
    static std::atomic<uint64_t> last{1};
    CounterAsk of_account = CounterOf(kGuesses, {LockoutAbove(5, std::chrono::hours(24), {})});
    CounterAsk of_network = CounterOf(9, {ChallengeAbove(1'000'000, std::chrono::hours(1))});
    ChargeRequest request = AttemptIn({StrangerLane({of_account}, {of_network})});
    request.reservation_id = last++;
    return request;
  }
  static ChargeRequest OnDevice() {
    ChargeRequest request = Guess();
    request.lanes.insert(
        request.lanes.begin(),
        LaneWith(Lane::kDevice, 77, {CounterOf(8, {LockoutAbove(1'000'000, std::chrono::hours(1), {})})}));
    return request;
  }

  // How long the owner waits on his device, attempt after attempt; each is reported as right.
  std::vector<double> OwnerLogsIn(StoreCaller& owner, const std::function<bool(int)>& goes_on) {
    std::vector<double> milliseconds;
    for (int i = 0; goes_on(i); ++i) {
      const ChargeRequest attempt = OnDevice();
      const auto began = steady_clock::now();
      const ChargeResult answer = owner.Charge(attempt);
      milliseconds.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
      EXPECT_EQ(answer.admitted, 0) << "an owner on his device was refused";
      (void)owner.Settle(ReportOf(attempt, answer, Settlement::kSuccess));
      std::this_thread::sleep_for(Duration(2));
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    return milliseconds;
  }

  static double Percentile(const std::vector<double>& sorted, double p) {
    return sorted[std::min(sorted.size() - 1, static_cast<size_t>(p * static_cast<double>(sorted.size())))];
  }

  // Megabytes, by a name in INFO.
  double Memory(const std::string& name) { return static_cast<double>(redis_.Info("memory", name)) / 1e6; }

  // Sends guesses at invented accounts until so many were answered: ten times what the store answers.
  void Flood(int64_t accounts) {
    std::mutex mutex;
    std::condition_variable changed;
    int64_t answered = 0;
    int64_t open = 0;
    int64_t offered = 0;
    const auto offer = [&](uint64_t invented) {
      const ShardKeys keys{
          .account = {.high = ~uint64_t{0} - invented, .low = invented * 0x9E3779B97F4A7C15ULL},
          .network = {.high = ~uint64_t{0}, .low = invented * 0xD1B54A32D192ED03ULL}};
      bulkhead_.Charge(keys, std::make_shared<ChargeRequest>(Guess()), Duration(5000),
                       [&](const absl::StatusOr<ChargeResult>& result) {
                         const std::lock_guard inner(mutex);
                         --open;
                         if (result.ok()) ++answered;
                         if (!result.ok() && result.status().message() != BulkheadStore::kHeldBack) ++failed_;
                         changed.notify_one();
                       });
    };
    while (true) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return offered < kOfferedForOne * (answered + int64_t{kSentAtOnce}); });
      if (answered >= accounts) break;
      ++open;
      ++offered;
      lock.unlock();
      offer(static_cast<uint64_t>(offered));
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open == 0; });
  }

  WallClock clock_;
  RedisServer redis_;
  std::unique_ptr<RedisBackend> backend_;
  Crowding crowding_;
  OverflowStore overflow_;
  BulkheadStore bulkhead_;
  std::shared_ptr<SignalStore> store_;
  std::optional<FillWatch> watch_;
  int64_t failed_ = 0;
};

TEST_F(FloodTest, TakesNobodysCountNoMemoryBeyondTheCapAndNoDevice) {
  StoreCaller victim(store_);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(victim.Charge(Guess()).admitted, 0);
  StoreCaller owner(store_);
  const std::vector<double> calm = OwnerLogsIn(owner, [](int i) { return i < 300; });
  const double before = Memory("used_memory");

  std::atomic<bool> over{false};
  std::thread flood([&] {
    Flood(Invented());
    over = true;
  });
  const std::vector<double> flooded = OwnerLogsIn(owner, [&](int) { return !over; });
  flood.join();

  const double after = Memory("used_memory");
  const double cap = Memory("maxmemory");
  std::printf(
      "%lld accounts invented: memory %.1f MB before, %.1f MB after, of %.1f MB; %llu charges on shared "
      "records, "
      "%llu held back; device p50 %.2f ms calm, %.2f ms flooded; p99 %.2f ms, %.2f ms\n",
      static_cast<long long>(Invented()), before, after, cap,
      static_cast<unsigned long long>(overflow_.overflowed()),
      static_cast<unsigned long long>(bulkhead_.held_back()), Percentile(calm, 0.5), Percentile(flooded, 0.5),
      Percentile(calm, 0.99), Percentile(flooded, 0.99));
  EXPECT_TRUE(crowding_.crowded());
  EXPECT_LT(after, cap);
  EXPECT_EQ(redis_.Info("stats", "evicted_keys"), 0);
  EXPECT_EQ(failed_, 0) << "Redis had no memory left";
  EXPECT_GT(overflow_.overflowed(), 0U);
  // On a machine with other things to do this says nothing.
  if (std::getenv("LATCHKEY_FLOOD") != nullptr) {
    EXPECT_LE(Percentile(flooded, 0.99), 3 * Percentile(calm, 0.99));
  }
  for (int i = 0; i < 2; ++i) EXPECT_EQ(victim.Charge(Guess()).admitted, 0);
  EXPECT_EQ(victim.Charge(Guess()).admitted, -1) << "the victim's count is what it was before";
}

TEST_F(FloodTest, IsKnownToNodesThatComeLater) {
  redis_.Command({"SET", "lk:{test:f}", "1", "PX", "60000"});
  for (int i = 0; i < 500 && !crowding_.sharing(); ++i) std::this_thread::sleep_for(Duration(10));
  EXPECT_TRUE(crowding_.sharing());
  EXPECT_FALSE(crowding_.crowded());
}

TEST(FillOfTest, IsTheShareOfMaxmemory) {
  EXPECT_EQ(FillOf("# Memory\r\nused_memory:50\r\nused_memory_human:50B\r\nmaxmemory:200\r\n"), 0.25);
  EXPECT_EQ(FillOf("used_memory:50\r\nmaxmemory:0\r\n"), std::nullopt);
  EXPECT_EQ(FillOf("used_memory:x\r\n"), std::nullopt);
}

}  // namespace
}  // namespace latchkey
