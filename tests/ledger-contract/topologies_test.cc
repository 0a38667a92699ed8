// The contract where the books of one ledger are on different servers, where Sentinels name the server, and
// on Redis as deploy/redis has it: everywhere as the engine's user, who may do nothing more than its ACL
// says.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/ledger-contract/redis_ledger_under_test.h"
#include "tests/support/deployed_redis.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/redis_sentinel.h"

namespace latchkey {
namespace {

// One for all stories (it ends with the program); each has an environment of its own.
RedisCluster& Cluster() {
  static RedisCluster cluster;
  return cluster;
}

std::string SentinelUrl() {
  static RedisSentinels sentinels({.replicas = 1, .sentinels = 1, .server = {}, .sentinel_password = ""});
  return sentinels.url();
}

std::string DeployedUrl() {
  static DeployedRedis deployed;
  return deployed.url();
}

INSTANTIATE_TEST_SUITE_P(Cluster, LedgerContract,
                         ::testing::Values(LedgerKind{"Cluster", LedgersAt([] { return Cluster().url(); })}));
INSTANTIATE_TEST_SUITE_P(Sentinel, LedgerContract,
                         ::testing::Values(LedgerKind{"Sentinel", LedgersAt(SentinelUrl)}));
INSTANTIATE_TEST_SUITE_P(Deployed, LedgerContract,
                         ::testing::Values(LedgerKind{"Deployed", LedgersAt(DeployedUrl)}));

TEST(LedgerOnAClusterTest, BooksLieOnSeveralServersAndOneGoesOnWhileItsSlotMoves) {
  FakeClock clock;
  SeededRandom random(1);
  const auto client = LedgerClient(Cluster().url(), "moving");
  RedisLedger ledger(*client, "moving", {}, clock, random);
  const auto put = [&](Book book, std::string id) {
    LedgerChange change;
    change.id = std::move(id);
    change.claim = change.id;
    change.bytes = "x";
    change.end = clock.Now() + std::chrono::hours(1);
    std::promise<absl::StatusOr<LedgerPlace>> answer;
    ledger.Put(book, change, [&](auto place) { answer.set_value(place); });
    return answer.get_future().get();
  };
  std::set<size_t> owners;
  for (const Book book : {Book::kIncidents, Book::kStandings, Book::kStakes, Book::kOutbox}) {
    ASSERT_TRUE(put(book, "first").ok());
    const std::string key = absl::StrCat("lk:{moving:l:", std::string(BookName(book)), "}");
    owners.insert(Cluster().OwnerOf(
        static_cast<uint16_t>(std::stoi(Cluster().node(0).Command({"CLUSTER", "KEYSLOT", key})))));
  }
  EXPECT_GT(owners.size(), 1U);

  const auto slot = static_cast<uint16_t>(
      std::stoi(Cluster().node(0).Command({"CLUSTER", "KEYSLOT", "lk:{moving:l:stakes}"})));
  std::atomic<bool> moved{false};
  std::atomic<int> refused{0};
  int made = 1;
  std::thread writer([&] {
    while (!moved) {
      const std::string id = absl::StrCat("d", made);
      // Not as expected: it was made by a call whose answer was lost.
      if (absl::StatusOr<LedgerPlace> place = put(Book::kStakes, id);
          place.ok() || absl::IsAborted(place.status())) {
        ++made;
      } else {
        ++refused;
      }
    }
  });
  const size_t from = Cluster().OwnerOf(slot);
  Cluster().MoveSlot(slot, (from + 1) % 3, /*batch=*/1);
  Cluster().MoveSlot(slot, from, /*batch=*/1);
  moved = true;
  writer.join();
  EXPECT_EQ(refused, 0) << "who waits two seconds is answered";
  LedgerPlace place;
  int read = 0;
  for (auto page = ledger.ReadAfter(Book::kStakes, place, 100); page.ok() && !page->empty();
       page = ledger.ReadAfter(Book::kStakes, place, 100)) {
    for (const LedgerEntry& entry : *page) {
      EXPECT_EQ(entry.place.position, place.position + 1);
      EXPECT_EQ(entry.change.id, read == 0 ? "first" : absl::StrCat("d", read));
      place = entry.place;
      ++read;
    }
  }
  EXPECT_EQ(read, made);
}

}  // namespace
}  // namespace latchkey
