// What an account costs Redis in memory, everything counted: key, value, time to live and their places in its
// tables.
#include <gtest/gtest.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/redis-cost/redis_rig.h"

namespace latchkey {
namespace {

class RedisMemoryTest : public testing::Test {
 protected:
  // The bytes of each account after `live` was called for so many, with its number.
  template <typename Live>
  double BytesEach(int accounts, Live live) {
    live(100'000);  // Scripts and connections are there.
    const int64_t before = UsedMemory() - OfNetworks();
    for (int i = 0; i < accounts; ++i) live(i);
    const double bytes = static_cast<double>(UsedMemory() - OfNetworks() - before) / accounts;
    std::printf("%.0f bytes an account\n", bytes);
    return bytes;
  }

  Decision Attempt(int account, int place) {
    // Twenty accounts an address, so that no limit on addresses has a say.
    AttemptFields fields = AttemptOn(
        absl::StrCat("customer-", account),
        absl::StrCat("10.", account / 2560, ".", account / 20 % 128 + 128 * (place % 2), ".", 1 + place));
    Decision decision = rig_.engine().Assess(fields);
    EXPECT_EQ(decision.verdict.action, Action::kAllow) << account;
    return decision;
  }

  RedisServer server_;
  RedisRig rig_{server_.url()};

 private:
  // What the records of networks take: those of the attempts, twenty accounts to each.
  int64_t OfNetworks() {
    int64_t sum = 0;
    const std::string keys = server_.Command({"KEYS", "lk:{test:n:*"});
    for (const std::string& key : std::vector<std::string>(absl::StrSplit(keys, ' ', absl::SkipEmpty())))
      sum += std::stoll(server_.Command({"MEMORY", "USAGE", key}));
    return sum;
  }
  int64_t UsedMemory() { return server_.Info("memory", "used_memory"); }
};

TEST_F(RedisMemoryTest, AnAccountThatOnlyAStrangerTouchedTakesAtMost300Bytes) {
  EXPECT_LE(
      BytesEach(3000,
                [&](int account) { rig_.engine().ReportOutcome(Attempt(account, 0), Outcome::kWrong); }),
      300);
}

TEST_F(RedisMemoryTest, SoItDoesWhileTheGuessIsInFlight) {
  EXPECT_LE(BytesEach(3000, [&](int account) { Attempt(account, 0); }), 300);
}

// The reservations of failures stay until the account is charged again, 18 bytes each.
TEST_F(RedisMemoryTest, ThreeFailuresTakeTheRoomOfTheirReservationsBesides) {
  EXPECT_LE(BytesEach(3000,
                      [&](int account) {
                        for (int place = 0; place < 3; ++place)
                          rig_.engine().ReportOutcome(Attempt(account, place), Outcome::kWrong);
                      }),
            300 + 2 * 18);
}

TEST_F(RedisMemoryTest, SixDevicesAndFiveSourcesTakeAtMost600Bytes) {
  EXPECT_LE(BytesEach(200,
                      [&](int account) {
                        for (int place = 0; place < 6; ++place)
                          rig_.engine().ReportOutcome(Attempt(account, place), Outcome::kLoginComplete);
                        Attempt(account, 6);
                        if (account % 100 != 0) return;
                        const std::string name = absl::StrCat("customer-", account);
                        EXPECT_EQ(rig_.engine().List(name, Lane::kDevice).size(), 6U);
                        EXPECT_EQ(rig_.engine().List(name, Lane::kFamiliar).size(), 5U);
                      }),
            600);
}

}  // namespace
}  // namespace latchkey
