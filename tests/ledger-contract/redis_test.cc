#include <gmock/gmock.h>

#include <future>

#include "tests/ledger-contract/redis_ledger_under_test.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

// Asked as the engine's user of deploy/redis/latchkey.acl.
RedisServer& SharedServer() {
  static RedisServer server;
  return server;
}

INSTANTIATE_TEST_SUITE_P(Redis, LedgerContract, ::testing::Values(LedgerKind{"Redis", LedgersAt([] {
                                                                               return SharedServer().url();
                                                                             })}));

TEST(RedisLedgerTest, EveryKeyOfABookIsInOneSlotAndEndsByItself) {
  FakeClock clock;
  SeededRandom random(1);
  const auto client = LedgerClient(SharedServer().url(), "slots");
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
