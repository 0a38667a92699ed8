#include "engine/store/record_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

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
  EXPECT_LE(memory.bytes(), kMax);
  EXPECT_THAT(VersionsOf(memory, KeyOf(19'999)), ElementsAre(std::string(200, 'x')));
}

TEST(RecordMemoryTest, OfWhatDoesNotFitTheOldestGoesButWhatIsSeenStays) {
  RecordMemory memory({.bytes_max = 1024 * 1024});
  const auto key = [](uint64_t n) {
    std::mt19937_64 random(n);
    return RecordKey(Key{.high = random(), .low = random()});
  };
  const auto name = [](uint64_t n) { return std::string(200, static_cast<char>('a' + n % 26)); };
  for (uint64_t n = 0; n < 20'000; ++n) {
    memory.Remember(key(n), name(n), At(static_cast<int64_t>(n / 1000)));
    if (n % 100 == 0) memory.Remember(key(1), name(1), At(static_cast<int64_t>(n / 1000)));
  }
  EXPECT_THAT(VersionsOf(memory, key(1)), ElementsAre(name(1)));
  EXPECT_THAT(VersionsOf(memory, key(2)), IsEmpty());
  for (uint64_t n = 18'500; n < 20'000; ++n) EXPECT_THAT(VersionsOf(memory, key(n)), ElementsAre(name(n)));
}

TEST(RecordMemoryTest, WhatIsTooLargeForItIsNotRemembered) {
  RecordMemory memory({.bytes_max = 256 * 1024});
  memory.Remember(KeyOf(1), "small", At(1));
  memory.Remember(KeyOf(1), std::string(4000, 'x'), At(2));
  memory.Remember(KeyOf(65), std::string(4000, 'x'), At(2));
  memory.Remember(KeyOf(129), std::string(700, 'y'), At(3));
  EXPECT_THAT(VersionsOf(memory, KeyOf(1)), IsEmpty());
  EXPECT_THAT(VersionsOf(memory, KeyOf(65)), IsEmpty());
  EXPECT_THAT(VersionsOf(memory, KeyOf(129)), ElementsAre(std::string(700, 'y')));
  RecordMemory none({.bytes_max = 0});
  none.Remember(KeyOf(1), "small", At(1));
  EXPECT_THAT(VersionsOf(none, KeyOf(1)), IsEmpty());
}

// What RecordMemory promises, without a thought for cost: of all it was told, for ever.
class PlainMemory {
 public:
  void Remember(const RecordKey& key, const std::string& bytes, TimePoint now) {
    auto it = entries_.find({key.kind, key.key.high});
    if (it == entries_.end()) {
      if (bytes.empty()) return;
      it = entries_.emplace(std::pair(key.kind, key.key.high), Entry{}).first;
    }
    Entry& entry = it->second;
    if (!entry.bytes.empty() && entry.look <= confirmed_) entry.whole = entry.bytes;
    entry.bytes = bytes;
    entry.seen = std::max(entry.seen, now);
    entry.look = look_;
  }
  int64_t BeginLook() { return ++look_; }
  void Confirm(int64_t look) {
    if (!held_) confirmed_ = std::max(confirmed_, look - 1);
  }
  void Hold(bool held) { held_ = held; }
  [[nodiscard]] std::map<std::pair<RecordKey::Kind, uint64_t>, std::vector<std::string>> All(
      TimePoint since) const {
    std::map<std::pair<RecordKey::Kind, uint64_t>, std::vector<std::string>> all;
    for (const auto& [key, entry] : entries_) {
      if (entry.seen < since) continue;
      std::vector<std::string> versions;
      if (!entry.bytes.empty()) versions.push_back(entry.bytes);
      if (entry.look > confirmed_ && !entry.whole.empty()) versions.push_back(entry.whole);
      if (!versions.empty()) all.emplace(key, versions);
    }
    return all;
  }

 private:
  struct Entry {
    std::string bytes;
    std::string whole;
    TimePoint seen;
    int64_t look = 0;
  };
  std::map<std::pair<RecordKey::Kind, uint64_t>, Entry> entries_;
  int64_t look_ = 1;
  int64_t confirmed_ = 0;
  bool held_ = false;
};

// Records that grow, shrink and vanish among looks that confirm and looks that do not. `keys` of them; at any
// time `memory` may have forgotten some, but what it knows is what there is.
void Compare(uint64_t seed, RecordMemory& memory, uint64_t keys, bool all_fit) {
  std::mt19937_64 random(seed);
  PlainMemory plain;
  std::vector<int64_t> looks;
  for (int step = 0; step < 20'000; ++step) {
    const TimePoint now = At(step / 1000);
    switch (random() % 200) {
      case 0:
        looks.push_back(memory.BeginLook());
        ASSERT_EQ(plain.BeginLook(), looks.back());
        break;
      case 1:
        if (looks.empty()) break;
        memory.Confirm(looks.back());
        plain.Confirm(looks.back());
        break;
      case 2: {
        const bool held = random() % 8 == 0;
        memory.Hold(held);
        plain.Hold(held);
        break;
      }
      default: {
        // Some come again and again.
        const uint64_t n = random() % 4 == 0 ? random() % 16 : random() % keys;
        const auto kind = random() % 2 == 0 ? RecordKey::Kind::kAccount : RecordKey::Kind::kNetwork;
        const RecordKey key(kind, Key{.high = n, .low = n * n});
        const size_t size = random() % 20 == 0 ? 0 : random() % 8 == 0 ? random() % 700 : 80 + random() % 40;
        const std::string bytes(size, static_cast<char>('a' + step % 26));
        memory.Remember(key, bytes, now);
        plain.Remember(key, bytes, now);
      }
    }
    if (step % 5000 != 4999) continue;
    const TimePoint since = At(step / 1000 - static_cast<int64_t>(random() % 5));
    auto expected = plain.All(since);
    size_t known = 0;
    for (size_t stripe = 0; stripe < RecordMemory::kStripes; ++stripe) {
      for (const auto& each : memory.OfStripe(stripe, since)) {
        ++known;
        std::vector<std::string> versions = expected[{each.key.kind, each.key.key.high}];
        // What was forgotten in between is known by its latest alone.
        if (!all_fit && versions.size() > each.versions.size()) versions.pop_back();
        ASSERT_THAT(each.versions, testing::ElementsAreArray(versions))
            << "seed " << seed << ", step " << step;
      }
    }
    ASSERT_TRUE(!all_fit || known == expected.size()) << known << " of " << expected.size();
    ASSERT_GT(known, 0U);
  }
}

TEST(RecordMemoryTest, KnowsWhatAPlainMemoryKnows) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    RecordMemory memory({});
    Compare(seed, memory, 2000, /*all_fit=*/true);
  }
}

TEST(RecordMemoryTest, NarrowItForgetsRecordsAndNeverPartsOfThem) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    RecordMemory memory({.bytes_max = seed * 128 * 1024});
    Compare(seed, memory, 2000, /*all_fit=*/false);
    EXPECT_LE(memory.bytes(), seed * 128 * 1024);
  }
}

}  // namespace
}  // namespace latchkey
