#include "adapters/sodium/ring_sealer.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "engine/attempt/tokens.h"
#include "tests/support/fake_clock.h"

namespace latchkey {
namespace {

using std::chrono::hours;

const std::string kNames = absl::StrCat("hash ", std::string(64, 'a'), "\n");
const std::string kOldKey(64, '1');
const std::string kNewKey(64, '2');
constexpr SealPurpose kDevice = SealPurpose::kDeviceToken;

KeyRing Ring(const std::string& sealing_lines) {
  auto ring = KeyRing::Parse(absl::StrCat(kNames, sealing_lines), "ring");
  EXPECT_TRUE(ring.ok()) << ring.status();
  return *std::move(ring);
}

class RingSealerTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  RingSealer sealer_{Ring(absl::StrCat("1 ", kOldKey)), clock_};
};

TEST_F(RingSealerTest, OpensWhatItSealed) {
  for (const size_t length : {0U, 1U, 2U, 3U, 100U, 4096U}) {
    const std::string plain(length, 'x');
    const std::string sealed = sealer_.Seal(kDevice, plain);
    EXPECT_EQ(sealer_.Open(kDevice, sealed), plain);
    EXPECT_LE(sealed.size(), length * 4 / 3 + 64);
  }
}

TEST_F(RingSealerTest, TheLongestAttemptTokenIsOneThatReportTakes) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  AttemptToken token{.account = {~0ULL, ~0ULL},
                     .network = {~0ULL, ~0ULL},
                     .source = kLargest,
                     .reservation = kLargest,
                     .charged_at = TimePoint(hours(24 * 365 * 100)),
                     .proof = kLargest,
                     .new_device = kLargest,
                     .tag = 0xFFFF,
                     .counters = {},
                     .decision = kLargest,
                     .shadow_charge = {}};
  token.counters.assign(kTokenCountersMax, {.signature = 0xFFFF,
                                            .sub = 0xFFFF,
                                            .weight = 100,
                                            .member = kLargest,
                                            .effects = 7,
                                            .of_network = true});
  const std::string sealed = SealToken(sealer_, token);
  EXPECT_LE(sealed.size(), kAttemptTokenMax);
  EXPECT_EQ(OpenAttemptToken(sealer_, sealed), token);
}

TEST_F(RingSealerTest, NeverSealsTheSameWayTwiceAndPrintsEverywhere) {
  const std::string sealed = sealer_.Seal(kDevice, "alice");
  EXPECT_NE(sealed, sealer_.Seal(kDevice, "alice"));
  EXPECT_EQ(sealed.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

TEST_F(RingSealerTest, OpensWhatTheFormerVersionSealed) {
  const std::string sealed = "AQHpanmAiclCfFtcHB9YCCrR_qTn3u1blgS62rTrsofKGuh-752K_IHjBbeJmQc";
  EXPECT_EQ(sealer_.Open(kDevice, sealed), "alice");
  EXPECT_FALSE(sealer_.Open(SealPurpose::kAttemptToken, sealed));
  std::string as_new = sealed;
  as_new[1] = 'g';  // version 2
  EXPECT_FALSE(sealer_.Open(kDevice, as_new));
}

TEST_F(RingSealerTest, OpensNothingForAnotherPurpose) {
  const std::string sealed = sealer_.Seal(kDevice, "alice");
  EXPECT_FALSE(sealer_.Open(SealPurpose::kAttemptToken, sealed));
  EXPECT_FALSE(sealer_.Open(SealPurpose::kChallenge, sealed));
  EXPECT_FALSE(sealer_.Open(SealPurpose::kFirstFactor, sealed));
}

TEST_F(RingSealerTest, OpensNothingWithAnyBitFlipped) {
  const std::string sealed = sealer_.Seal(kDevice, "alice's laptop");
  for (size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = sealed;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_FALSE(sealer_.Open(kDevice, flipped)) << "character " << i << ", bit " << bit;
    }
  }
}

TEST_F(RingSealerTest, OpensNothingCutOrLengthened) {
  const std::string sealed = sealer_.Seal(kDevice, "alice's laptop");
  for (size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(sealer_.Open(kDevice, sealed.substr(0, length))) << length;
    EXPECT_FALSE(sealer_.Open(kDevice, sealed.substr(sealed.size() - length))) << length;
  }
  for (const std::string_view tail : {"=", "==", "A", "AAAA", " ", "\n"}) {
    EXPECT_FALSE(sealer_.Open(kDevice, sealed + std::string(tail)));
  }
  EXPECT_FALSE(sealer_.Open(kDevice, sealed + std::string(1, '\0')));
}

TEST_F(RingSealerTest, OpensNothingForgedForeignOrHuge) {
  const RingSealer foreign(Ring(absl::StrCat("1 ", kNewKey)), clock_);
  EXPECT_FALSE(sealer_.Open(kDevice, foreign.Seal(kDevice, "alice")));
  EXPECT_FALSE(sealer_.Open(kDevice, ""));
  EXPECT_FALSE(sealer_.Open(kDevice, "AQE" + std::string(100, 'A')));
  EXPECT_FALSE(sealer_.Open(kDevice, std::string(10'000'000, 'A')));
  EXPECT_FALSE(sealer_.Open(kDevice, "eyJhbGciOiJub25lIn0.e30."));
}

TEST_F(RingSealerTest, ARotatedKeyStillOpensAndARetiredOneDoesNot) {
  const std::string sealed = sealer_.Seal(kDevice, "alice");
  sealer_.Replace(Ring(absl::StrCat("1 ", kOldKey, "\n2 ", kNewKey)));
  EXPECT_EQ(sealer_.Open(kDevice, sealed), "alice");
  const std::string sealed_anew = sealer_.Seal(kDevice, "alice");

  sealer_.Replace(Ring(absl::StrCat("2 ", kNewKey)));
  EXPECT_FALSE(sealer_.Open(kDevice, sealed));
  EXPECT_EQ(sealer_.Open(kDevice, sealed_anew), "alice") << "the newest key seals";
}

TEST_F(RingSealerTest, AKeyEndsAtItsTime) {
  sealer_.Replace(Ring(absl::StrCat("1 ", kOldKey, " not_after 2030-01-01T00:00:00Z\n2 ", kNewKey,
                                    " not_before 2029-12-01T00:00:00Z\n")));
  const TimePoint end(Duration(1893456000000));
  clock_.Set(end - hours(24 * 60));
  const std::string sealed = sealer_.Seal(kDevice, "alice");
  clock_.Set(end - Duration(1));
  EXPECT_EQ(sealer_.Open(kDevice, sealed), "alice");
  clock_.Set(end);
  EXPECT_FALSE(sealer_.Open(kDevice, sealed));
}

TEST_F(RingSealerTest, AKeyThatHasNotBegunOpensButDoesNotSeal) {
  const std::string rotating =
      absl::StrCat("1 ", kOldKey, "\n2 ", kNewKey, " not_before 2030-01-01T00:00:00Z\n");
  const TimePoint begin(Duration(1893456000000));
  sealer_.Replace(Ring(rotating));
  const RingSealer only_old(Ring(absl::StrCat("1 ", kOldKey)), clock_);
  const RingSealer only_new(Ring(absl::StrCat("2 ", kNewKey)), clock_);

  clock_.Set(begin - Duration(1));
  EXPECT_TRUE(only_old.Open(kDevice, sealer_.Seal(kDevice, "alice")));
  EXPECT_TRUE(sealer_.Open(kDevice, only_new.Seal(kDevice, "alice"))) << "a node whose clock is ahead";
  clock_.Set(begin);
  EXPECT_TRUE(only_new.Open(kDevice, sealer_.Seal(kDevice, "alice")));
}

TEST_F(RingSealerTest, ServesManyThreadsWhileTheRingRotates) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 200; ++j) EXPECT_EQ(sealer_.Open(kDevice, sealer_.Seal(kDevice, "alice")), "alice");
    });
  }
  for (int i = 0; i < 20; ++i) sealer_.Replace(Ring(absl::StrCat("1 ", kOldKey, "\n2 ", kNewKey)));
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace latchkey
