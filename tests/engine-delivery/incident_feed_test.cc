#include "engine/delivery/incident_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/incident/incident_book.h"
#include "engine/incident/incident_codec.h"
#include "engine/incident/memory_ledger.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::IsEmpty;

class IncidentFeedTest : public testing::Test {
 protected:
  IncidentFeedTest() {
    node_.Add(Book::kIncidents, book_);
    EXPECT_TRUE(node_.Round().ok());
    place_ = *feed_.Latest(clock_.Now());
  }
  void Put(Incident incident, bool keep = true) {
    incident.changes = changes_++;
    ledger_.Put(Book::kIncidents,
                {.id = incident.id,
                 .expected = version_,
                 .bytes = EncodeIncident(incident),
                 .keep = keep,
                 .end = clock_.Now() + hours(24)},
                [this](absl::StatusOr<LedgerPlace> place) { version_ = place->position; });
    EXPECT_TRUE(node_.Round().ok());
  }
  std::vector<Notice> Read() {
    auto page = feed_.ReadAfter(place_, 100, clock_.Now());
    EXPECT_TRUE(page.ok()) << page.status();
    place_ = page->place;
    return page->notices;
  }
  Incident Opened() {
    Finding finding;
    finding.text = "143 failures";
    finding.failures = 143;
    finding.decisions = {.allow = 143, .lockout = 7};
    finding.first_seen = finding.last_seen = clock_.Now();
    finding.victims = {{Key{1, 2}, "alice"}};
    return OpenIncident("00000000000000aa", finding, 1, clock_.Now());
  }

  FakeClock clock_;
  SeededRandom random_{4};
  MemoryLedger ledger_{{}, clock_, random_};
  NodeLedger node_{ledger_, {}, [] {}};
  IncidentBook book_;
  IncidentFeed feed_{node_};
  std::string place_;
  uint64_t version_ = 0;
  int64_t changes_ = 0;
};

TEST_F(IncidentFeedTest, TellsThatAnIncidentOpensChangesAndEnds) {
  Incident incident = Opened();
  Put(incident);
  auto notices = Read();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_TRUE(notices[0].incident.is_new);
  EXPECT_EQ(notices[0].incident.finding.failures, 143);
  EXPECT_EQ(notices[0].incident.finding.decisions, (ActionCounts{.allow = 143, .lockout = 7}));
  EXPECT_EQ(notices[0].account.name, "alice");
  EXPECT_EQ(notices[0].order_key, incident.id);
  EXPECT_GT(notices[0].sequence, 0U);
  ASSERT_TRUE(SetState(incident, IncidentState::kAcknowledged, "ann", "looking", clock_.Now()).ok());
  Put(incident);
  notices = Read();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_FALSE(notices[0].incident.is_new);
  EXPECT_EQ(notices[0].incident.state, "acknowledged");
  EXPECT_EQ(notices[0].incident.author, "ann");
  EndBySilence(incident, clock_.Now());
  Put(incident);
  notices = Read();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_TRUE(notices[0].incident.is_over);
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(IncidentFeedTest, TellsMoreOfTheSameOnceAMinute) {
  Incident incident = Opened();
  Put(incident);
  EXPECT_EQ(Read().size(), 1U);
  size_t told = 0;
  for (int i = 0; i < 60; ++i) {
    clock_.Advance(seconds(5));
    incident.last_seen = clock_.Now();
    Put(incident);
    told += Read().size();
  }
  EXPECT_EQ(told, 5U);
  incident.severity = Severity::kCritical;
  Put(incident);
  EXPECT_EQ(Read().size(), 1U) << "that is news";
}

TEST_F(IncidentFeedTest, SaysNothingOfAnIncidentThatIsForgotten) {
  const Incident incident = Opened();
  Put(incident);
  EXPECT_EQ(Read().size(), 1U);
  Put(incident, /*keep=*/false);
  EXPECT_THAT(Read(), IsEmpty());
}

TEST_F(IncidentFeedTest, KnowsAPlaceOfAnotherLog) {
  Put(Opened());
  EXPECT_EQ(feed_.ReadAfter("1-12345", 9, clock_.Now()).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(feed_.ReadAfter("nonsense", 9, clock_.Now()).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(feed_.SequenceOf("17-5"), 17U);
  EXPECT_EQ(feed_.SequenceOf("nonsense"), 0U);
}

}  // namespace
}  // namespace latchkey
