#include "engine/store/record_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace latchkey {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TimePoint At(int64_t s) { return TimePoint(seconds(1'700'000'000 + s)); }
RecordKey KeyOf(uint64_t n) { return Key{.high = n, .low = n * 7}; }

std::vector<std::string> VersionsOf(const RecordMemory& memory, const RecordKey& key,
                                    TimePoint since = At(0)) {
  std::vector<std::string> versions;
  for (size_t stripe = 0; stripe < RecordMemory::kStripes; ++stripe) {
    for (const auto& each : memory.OfStripe(stripe, since)) {
      if (each.key == key) versions = each.versions;
    }
  }
  return versions;
}

TEST(RecordMemoryTest, RemembersTheLatest) {
  RecordMemory memory({});
  memory.Remember(KeyOf(1), "one", At(1));
  memory.Confirm(memory.BeginLook());
  memory.Remember(KeyOf(1), "two", At(2));
  memory.Confirm(memory.BeginLook());
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), ElementsAre("two"));
  EXPECT_THAT(VersionsOf(memory, KeyOf(2)), IsEmpty());
  EXPECT_THAT(VersionsOf(memory, KeyOf(1), At(3)), IsEmpty());
}

TEST(RecordMemoryTest, AnAccountAndANetworkOfOneKeyAreTwo) {
  RecordMemory memory({});
  memory.Remember(KeyOf(1), "account", At(1));
  memory.Remember({RecordKey::Kind::kNetwork, KeyOf(1).key}, "network", At(1));
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), ElementsAre("account"));
}

TEST(RecordMemoryTest, WhatAWipedStoreAnswersDoesNotReplaceWhatWasThere) {
  RecordMemory memory({});
  memory.Remember(KeyOf(1), "20 failures", At(1));
  memory.Confirm(memory.BeginLook());
  // The store is wiped here, and a little later somebody looks.
  memory.Remember(KeyOf(1), "1 failure", At(2));
  const int64_t look = memory.BeginLook();
  memory.Remember(KeyOf(1), "2 failures", At(3));
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), UnorderedElementsAre("20 failures", "2 failures"));
  memory.Confirm(look);  // had it been whole, what came before the look would be
  memory.Remember(KeyOf(1), "3 failures", At(4));
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), UnorderedElementsAre("20 failures", "3 failures"))
      << "the second failure came while that look was under way";
}

TEST(RecordMemoryTest, WhatComesDuringALookIsConfirmedByTheNextOne) {
  RecordMemory memory({});
  const int64_t look = memory.BeginLook();
  memory.Remember(KeyOf(1), "one", At(1));
  memory.Confirm(look);
  memory.Remember(KeyOf(1), "two", At(2));
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), ElementsAre("two")) << "nothing whole was known";
  memory.Confirm(memory.BeginLook());
  memory.Remember(KeyOf(1), "three", At(3));
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), UnorderedElementsAre("two", "three"));
}

TEST(RecordMemoryTest, HeldItConfirmsNothing) {
  RecordMemory memory({});
  memory.Remember(KeyOf(1), "20 failures", At(1));
  memory.Confirm(memory.BeginLook());
  memory.Remember(KeyOf(1), "1 failure", At(2));
  memory.Hold(true);
  memory.Confirm(memory.BeginLook());
  memory.Remember(KeyOf(1), "2 failures", At(3));
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), UnorderedElementsAre("20 failures", "2 failures"));
}

TEST(RecordMemoryTest, ARecordThatIsGoneIsNotPutBack) {
  RecordMemory memory({});
  memory.Remember(KeyOf(1), "one", At(1));
  memory.Confirm(memory.BeginLook());
  memory.Remember(KeyOf(1), "", At(2));
  memory.Confirm(memory.BeginLook());
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), IsEmpty());
}

TEST(RecordMemoryTest, ForgetsWhatIsOld) {
  RecordMemory memory({.age_max = minutes(10)});
  for (uint64_t n = 0; n < 200; ++n) memory.Remember(KeyOf(n), "record", At(0));
  memory.Remember(KeyOf(64), "seen again", At(500));
  for (uint64_t n = 1000; n < 1500; ++n) memory.Remember(KeyOf(n), "record", At(700));
  EXPECT_THAT(VersionsOf(memory, KeyOf(3)), IsEmpty());
  EXPECT_THAT(VersionsOf(memory, KeyOf(64)), ElementsAre("seen again"));
}

TEST(RecordMemoryTest, StaysWithinItsBytes) {
  constexpr size_t kMax = 256 * 1024;
  RecordMemory memory({.bytes_max = kMax});
  for (uint64_t n = 0; n < 20'000; ++n)
    memory.Remember(KeyOf(n), std::string(200, 'x'), At(static_cast<int64_t>(n / 1000)));
  EXPECT_LE(memory.bytes(), kMax + RecordMemory::kStripes * 600);
  EXPECT_THAT(VersionsOf(memory, KeyOf(19'999)), ElementsAre(std::string(200, 'x')));
}

}  // namespace
}  // namespace latchkey
