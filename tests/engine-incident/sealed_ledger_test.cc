#include "engine/incident/sealed_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/incident/memory_ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

// Turns bytes around, and takes as little at once as the real one.
class MirrorSealer final : public Sealer {
 public:
  [[nodiscard]] std::string Seal(SealPurpose /*purpose*/, std::string_view plain) const override {
    EXPECT_LE(plain.size(), size_t{12} * 1024);
    std::string sealed;
    for (const char c : plain) {
      sealed += static_cast<char>('A' + (static_cast<unsigned char>(c) >> 4U));
      sealed += static_cast<char>('a' + (static_cast<unsigned char>(c) & 15U));
    }
    return "s" + sealed;
  }
  [[nodiscard]] std::optional<std::string> Open(SealPurpose /*purpose*/,
                                                std::string_view sealed) const override {
    if (sealed.empty() || sealed[0] != 's') return std::nullopt;
    std::string plain;
    for (size_t i = 1; i + 1 < sealed.size(); i += 2)
      plain += static_cast<char>(((sealed[i] - 'A') << 4) | (sealed[i + 1] - 'a'));
    return plain;
  }
};

class SealedLedgerTest : public ::testing::Test {
 protected:
  void Put(const std::string& bytes) {
    LedgerChange change;
    change.id = "a";
    change.bytes = bytes;
    change.end = clock_.Now() + std::chrono::hours(1);
    sealed_.Put(Book::kIncidents, change,
                [](const auto& place) { EXPECT_TRUE(place.ok()) << place.status(); });
  }
  FakeClock clock_;
  SeededRandom random_{3};
  MemoryLedger ledger_{{}, clock_, random_};
  MirrorSealer sealer_;
  SealedLedger sealed_{ledger_, sealer_};
};

TEST_F(SealedLedgerTest, WhatIsPutIsReadAndTheStoreHasNothingOfIt) {
  Put("alice");
  EXPECT_EQ(sealed_.ReadAfter(Book::kIncidents, {}, 1)->front().change.bytes, "alice");
  EXPECT_EQ(sealed_.ReadDocuments(Book::kIncidents, "")->documents.front().change.bytes, "alice");
  EXPECT_EQ(ledger_.ReadAfter(Book::kIncidents, {}, 1)->front().change.bytes.find("alice"),
            std::string::npos);
}

TEST_F(SealedLedgerTest, EveryLengthComesBackWhole) {
  for (const size_t size : {0UL, 1UL, 8191UL, 8192UL, 8193UL, 16384UL, 30000UL}) {
    MemoryLedger ledger({}, clock_, random_);
    SealedLedger sealed(ledger, sealer_);
    LedgerChange change;
    change.id = "a";
    change.end = clock_.Now() + std::chrono::hours(1);
    for (size_t i = 0; i < size; ++i) change.bytes += static_cast<char>(i * 7);
    sealed.Put(Book::kIncidents, change,
               [](const auto& place) { EXPECT_TRUE(place.ok()) << place.status(); });
    EXPECT_EQ(sealed.ReadAfter(Book::kIncidents, {}, 1)->front().change.bytes, change.bytes) << size;
  }
}

TEST_F(SealedLedgerTest, PiecesThatAreMissingOrMovedAreNothing) {
  Put(std::string(20'000, 'x'));
  LedgerEntry entry = ledger_.ReadAfter(Book::kIncidents, {}, 1)->front();
  const std::string whole = entry.change.bytes;
  entry.change.expected = entry.place.position;
  entry.change.bytes = whole.substr(0, whole.rfind('.'));
  ledger_.Put(Book::kIncidents, entry.change, [](const auto& place) { EXPECT_TRUE(place.ok()); });
  EXPECT_EQ(sealed_.ReadDocuments(Book::kIncidents, "")->documents.front().change.bytes, "");
}

}  // namespace
}  // namespace latchkey
