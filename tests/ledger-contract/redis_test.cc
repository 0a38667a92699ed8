#include <gmock/gmock.h>

#include <future>

#include "adapters/redis/redis_ledger.h"
#include "tests/adapters/redis/test_connection.h"
#include "tests/ledger-contract/ledger_contract.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

RedisServer& SharedServer() {
  static RedisServer server;
  return server;
}

std::unique_ptr<RedisClient> ClientFor(const std::string& environment) {
  RedisSettings settings{
      .url = SharedServer().url(), .environment = environment, .connection = TestConnection::Patient()};
  auto client = OpenRedisClient(settings, nullptr);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

// An environment of its own in the Redis that all share.
class RedisLedgerUnderTest final : public LedgerUnderTest {
 public:
  RedisLedgerUnderTest(LedgerLimits limits, const Clock& clock, RandomSource& random)
      : ledger_(*client_, environment_, limits, clock, random),
        another_(*other_client_, environment_, limits, clock, random) {}
  [[nodiscard]] Ledger& ledger() override { return ledger_; }
  [[nodiscard]] Ledger* another() override { return &another_; }
  bool Restart() override { return false; }

 private:
  static std::string Fresh() {
    static int number = 0;
    return "test" + std::to_string(++number);
  }
  const std::string environment_ = Fresh();
  const std::unique_ptr<RedisClient> client_ = ClientFor(environment_);
  const std::unique_ptr<RedisClient> other_client_ = ClientFor(environment_);
  RedisLedger ledger_;
  RedisLedger another_;
};

INSTANTIATE_TEST_SUITE_P(Redis, LedgerContract,
                         ::testing::Values(LedgerKind{
                             "Redis", [](LedgerLimits limits, const Clock& clock, RandomSource& random) {
                               return std::make_unique<RedisLedgerUnderTest>(limits, clock, random);
                             }}));

TEST(RedisLedgerTest, EveryKeyOfABookIsInOneSlotAndEndsByItself) {
  FakeClock clock;
  SeededRandom random(1);
  const auto client = ClientFor("slots");
  RedisLedger ledger(*client, "slots", {}, clock, random);
  LedgerChange change;
  change.id = "a";
  change.claim = "c";
  change.bytes = "x";
  change.end = clock.Now() + std::chrono::hours(1);
  std::promise<absl::StatusOr<LedgerPlace>> answer;
  ledger.Put(Book::kStakes, change, [&](auto place) { answer.set_value(place); });
  ASSERT_TRUE(answer.get_future().get().ok());
  for (const char* part : {"", "d", "e", "c"}) {
    const std::string key = std::string("lk:{slots:l:stakes}") + part;
    EXPECT_GT(std::stoll(SharedServer().Command({"PTTL", key})), 0) << key;
  }
}

}  // namespace
}  // namespace latchkey
