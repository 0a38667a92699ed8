#include "tests/ledger-contract/ledger_contract.h"

#include <gmock/gmock.h>

#include <future>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"

namespace latchkey {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LedgerContract);

absl::StatusOr<LedgerPlace> LedgerContract::Put(Ledger& ledger, LedgerChange change, Book book) {
  std::promise<absl::StatusOr<LedgerPlace>> answer;
  ledger.Put(book, std::move(change), [&](absl::StatusOr<LedgerPlace> place) { answer.set_value(place); });
  return answer.get_future().get();
}

std::vector<std::string> LedgerContract::Documents(Book book) {
  std::set<std::string> all;
  std::string next;
  do {
    const absl::StatusOr<LedgerDocuments> page = ledger().ReadDocuments(book, next);
    if (!page.ok()) return {page.status().ToString()};
    for (const LedgerEntry& document : page->documents)
      all.insert(absl::StrCat(document.change.id, "=", document.change.bytes));
    next = page->next;
  } while (!next.empty());
  return {all.begin(), all.end()};
}

std::vector<std::string> LedgerContract::Log(LedgerPlace after, size_t count_max) {
  const auto entries = ledger().ReadAfter(Book::kIncidents, after, count_max);
  if (!entries.ok()) return {std::string(absl::StatusCodeToString(entries.status().code()))};
  std::vector<std::string> all;
  for (const LedgerEntry& entry : *entries)
    all.push_back(absl::StrCat(entry.change.id, "=", entry.change.bytes));
  return all;
}

TEST_P(LedgerContract, KeepsADocumentWithAllThatBelongsToIt) {
  LedgerChange change = Change("a", 0, std::string("bytes\0\xFF of any kind", 20));
  change.claim = "the-only-one";
  const auto place = Put(change);
  ASSERT_TRUE(place.ok()) << place.status();
  const auto page = ledger().ReadDocuments(Book::kIncidents, "");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->documents.size(), 1U);
  const LedgerEntry& kept = page->documents.front();
  EXPECT_EQ(kept.place, *place);
  EXPECT_EQ(kept.change.id, "a");
  EXPECT_EQ(kept.change.bytes, change.bytes);
  EXPECT_EQ(kept.change.claim, change.claim);
  EXPECT_EQ(kept.change.end, change.end);
  EXPECT_TRUE(kept.change.keep);
  const auto log = ledger().ReadAfter(Book::kIncidents, {}, 10);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->size(), 1U);
  EXPECT_EQ(log->front().place, *place);
  EXPECT_EQ(log->front().change.bytes, change.bytes);
  EXPECT_EQ(log->front().change.end, change.end);
}

TEST_P(LedgerContract, ChangesOnlyWhatIsAsExpected) {
  const auto first = Put(Change("a", 0, "1"));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(Put(Change("a", 0, "2")).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Put(Change("b", 1, "2")).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Put(Change("a", first->position + 1, "2")).status().code(), absl::StatusCode::kAborted);
  const auto second = Put(Change("a", first->position, "2"));
  ASSERT_TRUE(second.ok());
  EXPECT_GT(second->position, first->position);
  EXPECT_THAT(Documents(), ElementsAre("a=2"));
  EXPECT_THAT(Log({}), ElementsAre("a=1", "a=2"));
}

TEST_P(LedgerContract, WhatGoesHasALastWordInTheLog) {
  const auto first = Put(Change("a", 0, "1"));
  ASSERT_TRUE(first.ok());
  LedgerChange last = Change("a", first->position, "good again");
  last.keep = false;
  ASSERT_TRUE(Put(last).ok());
  EXPECT_THAT(Documents(), IsEmpty());
  EXPECT_THAT(Log(*first), ElementsAre("a=good again"));
  const auto entries = ledger().ReadAfter(Book::kIncidents, *first, 1);
  ASSERT_TRUE(entries.ok());
  EXPECT_FALSE(entries->front().change.keep);
  EXPECT_TRUE(Put(Change("a", 0, "anew")).ok());
}

TEST_P(LedgerContract, AClaimHasOneHolder) {
  LedgerChange change = Change("a", 0, "1");
  change.claim = "alice";
  const auto first = Put(change);
  ASSERT_TRUE(first.ok());
  change.id = "b";
  EXPECT_EQ(Put(change).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ledger().ReadEnds(Book::kIncidents)->latest, *first);
  // It may keep its claim, and give it back.
  change.id = "a";
  change.expected = first->position;
  const auto second = Put(change);
  ASSERT_TRUE(second.ok());
  change.expected = second->position;
  change.claim = "";
  ASSERT_TRUE(Put(change).ok());
  change.id = "b";
  change.expected = 0;
  change.claim = "alice";
  EXPECT_TRUE(Put(change).ok());
}

TEST_P(LedgerContract, ReadsOnFromAnyPlaceInOrder) {
  std::vector<LedgerPlace> places;
  for (int i = 0; i < 5; ++i) places.push_back(*Put(Change(absl::StrCat("d", i), 0, "x")));
  EXPECT_THAT(Log({}, 2), ElementsAre("d0=x", "d1=x"));
  EXPECT_THAT(Log(places[1], 2), ElementsAre("d2=x", "d3=x"));
  EXPECT_THAT(Log(places[4]), IsEmpty());
  const auto ends = ledger().ReadEnds(Book::kIncidents);
  ASSERT_TRUE(ends.ok());
  EXPECT_EQ(ends->oldest, LedgerPlace());
  EXPECT_EQ(ends->latest, places[4]);
}

TEST_P(LedgerContract, SaysWhenChangesAreNoLongerKept) {
  std::vector<LedgerPlace> places;
  for (int i = 0; i < 12; ++i) places.push_back(*Put(Change(absl::StrCat("d", i), 0, "x")));
  EXPECT_THAT(Log({}), ElementsAre("OUT_OF_RANGE"));
  EXPECT_THAT(Log(places[2]), ElementsAre("OUT_OF_RANGE"));
  const auto ends = ledger().ReadEnds(Book::kIncidents);
  ASSERT_TRUE(ends.ok());
  EXPECT_EQ(ends->oldest, places[3]);  // eight are kept
  EXPECT_EQ(Log(ends->oldest).size(), 8U);
}

TEST_P(LedgerContract, KnowsAPlaceThatIsNoneOfItsLog) {
  const auto place = Put(Change("a", 0, "x"));
  ASSERT_TRUE(place.ok());
  EXPECT_THAT(Log({place->position + 1, place->mark}), ElementsAre("OUT_OF_RANGE"));
  EXPECT_THAT(Log({place->position, place->mark + 1}), ElementsAre("OUT_OF_RANGE"));
  EXPECT_THAT(Log(*place), IsEmpty());
}

TEST_P(LedgerContract, BooksAreApart) {
  ASSERT_TRUE(Put(ledger(), Change("a", 0, "1"), Book::kStakes).ok());
  ASSERT_TRUE(Put(ledger(), Change("a", 0, "2"), Book::kStandings).ok());
  EXPECT_THAT(Documents(Book::kIncidents), IsEmpty());
  EXPECT_THAT(Documents(Book::kStakes), ElementsAre("a=1"));
  EXPECT_THAT(Documents(Book::kStandings), ElementsAre("a=2"));
}

TEST_P(LedgerContract, AFullBookTakesNoNewDocumentButChangesOldOnes) {
  std::vector<LedgerPlace> places;
  for (int i = 0; i < 20; ++i) places.push_back(*Put(Change(absl::StrCat("d", i), 0, "x")));
  EXPECT_EQ(Put(Change("d20", 0, "x")).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Put(Change("d19", places[19].position, "y")).ok());
  EXPECT_EQ(Documents().size(), 20U);
}

TEST_P(LedgerContract, ForgetsADocumentAtItsEndAndItsClaimWithIt) {
  LedgerChange change = Change("a", 0, "x");
  change.claim = "alice";
  ASSERT_TRUE(Put(change).ok());
  clock_.Advance(std::chrono::hours(1) - Duration(1));
  EXPECT_THAT(Documents(), ElementsAre("a=x"));
  clock_.Advance(Duration(1));
  EXPECT_THAT(Documents(), IsEmpty());
  change.end = clock_.Now() + std::chrono::hours(1);
  change.id = "b";
  EXPECT_TRUE(Put(change).ok());
  EXPECT_THAT(Documents(), ElementsAre("b=x"));
}

TEST_P(LedgerContract, GoesOnAboveAPlace) {
  ASSERT_TRUE(Put(Change("a", 0, "x")).ok());
  LedgerChange change = Change("b", 0, "x");
  change.above = 1000;
  const auto place = Put(change);
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(place->position, 1001U);
  const auto next = Put(Change("c", 0, "x"));
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->position, 1002U);
  EXPECT_THAT(Log({}), ElementsAre("a=x", "b=x", "c=x"));
}

TEST_P(LedgerContract, RefusesWhatIsNoDocument) {
  EXPECT_EQ(Put(Change("", 0, "x")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Put(Change("a b", 0, "x")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Put(Change(std::string(65, 'a'), 0, "x")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Put(Change(std::string(64, 'a'), 0, std::string(kLedgerBytesMax, 'x'))).ok());
  EXPECT_EQ(Put(Change("a", 0, std::string(kLedgerBytesMax + 1, 'x'))).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(LedgerContract, ManyWritersMakeOneOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 25;
  Ledger* const other = under_test_->another();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Ledger& mine = t % 2 == 1 && other != nullptr ? *other : ledger();
      for (int done = 0; done < kEach;) {  // adds one to a number that all share
        const auto page = mine.ReadDocuments(Book::kStakes, "");
        ASSERT_TRUE(page.ok()) << page.status();
        uint64_t version = 0;
        std::string bytes = "0";
        for (const LedgerEntry& document : page->documents) {
          version = document.place.position;
          bytes = document.change.bytes;
        }
        const auto put = Put(mine, Change("sum", version, absl::StrCat(std::stoi(bytes) + 1)), Book::kStakes);
        if (put.ok()) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Documents(Book::kStakes), ElementsAre(absl::StrCat("sum=", kThreads * kEach)));
  EXPECT_EQ(ledger().ReadEnds(Book::kStakes)->latest.position, static_cast<uint64_t>(kThreads * kEach));
}

TEST_P(LedgerContract, ACrashLosesNothingThatWasAnswered) {
  std::vector<LedgerPlace> places;
  for (int i = 0; i < 12; ++i) places.push_back(*Put(Change(absl::StrCat("d", i), 0, "x")));
  LedgerChange gone = Change("d3", places[3].position, "");
  gone.keep = false;
  ASSERT_TRUE(Put(gone).ok());
  if (!under_test_->Restart()) GTEST_SKIP() << "nothing survives here";
  EXPECT_EQ(Documents().size(), 11U);
  EXPECT_THAT(Log(places[10]), ElementsAre("d11=x", "d3="));
  const auto next = Put(Change("d3", 0, "y"));
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->position, 14U);
}

}  // namespace latchkey
