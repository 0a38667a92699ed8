#include "engine/incident/incident_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/incident/incident_codec.h"
#include "tests/engine-incident/findings.h"

namespace latchkey {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Incident SabotageOf(const std::string& id, Severity severity = Severity::kMedium) {
  Finding finding = Sabotage(40);
  finding.severity = severity;
  return OpenIncident(id, finding, 7, kThen);
}

LedgerEntry EntryOf(const Incident& incident, uint64_t position, bool keep = true) {
  LedgerEntry entry;
  entry.place.position = position;
  entry.change.id = incident.id;
  entry.change.bytes = EncodeIncident(incident);
  entry.change.keep = keep;
  entry.change.end = kThen + std::chrono::hours(1);
  return entry;
}

TEST(IncidentBookTest, CountsWhatNobodyHasClosedByKindAndSeverityTheGravestFirst) {
  IncidentBook book;
  EXPECT_THAT(book.Unresolved(), IsEmpty());
  Incident flood = SabotageOf("c", Severity::kLow);
  flood.kind = AttackKind::kKeyFlood;
  book.Load({EntryOf(SabotageOf("a"), 1), EntryOf(SabotageOf("b"), 2), EntryOf(flood, 3),
             EntryOf(SabotageOf("d", Severity::kCritical), 4)});
  const auto sabotage = [](Severity severity, int64_t open) {
    return UnresolvedIncidents{.severity = severity, .open = open};
  };
  const UnresolvedIncidents floods{.kind = AttackKind::kKeyFlood, .severity = Severity::kLow, .open = 1};
  EXPECT_THAT(book.Unresolved(),
              ElementsAre(sabotage(Severity::kCritical, 1), sabotage(Severity::kMedium, 2), floods));
  book.Load({EntryOf(flood, 3)});
  EXPECT_THAT(book.Unresolved(), ElementsAre(floods));
}

TEST(IncidentBookTest, AnIncidentIsCountedByItsLatestStateAndSeverityOnly) {
  IncidentBook book;
  Incident incident = SabotageOf("a");
  book.Hear(EntryOf(incident, 1));
  book.Hear(EntryOf(incident, 1));  // told twice
  incident.severity = Severity::kHigh;
  book.Hear(EntryOf(incident, 2));
  EXPECT_THAT(book.Unresolved(), ElementsAre(UnresolvedIncidents{.severity = Severity::kHigh, .open = 1}));
  ASSERT_TRUE(SetState(incident, IncidentState::kAcknowledged, "eve", "", kThen).ok());
  book.Hear(EntryOf(incident, 3));
  EXPECT_THAT(book.Unresolved(),
              ElementsAre(UnresolvedIncidents{.severity = Severity::kHigh, .open = 0, .acknowledged = 1}));
  ASSERT_TRUE(SetState(incident, IncidentState::kFalseAlarm, "eve", "a test", kThen).ok());
  book.Hear(EntryOf(incident, 4));
  EXPECT_THAT(book.Unresolved(), IsEmpty());
}

TEST(IncidentBookTest, WhatIsForgottenIsCountedNoLonger) {
  IncidentBook book;
  book.Hear(EntryOf(SabotageOf("a"), 1));
  book.Hear(EntryOf(SabotageOf("b"), 2));
  book.Hear(EntryOf(SabotageOf("b"), 3, /*keep=*/false));
  EXPECT_EQ(book.Unresolved().at(0).open, 1);
  book.ForgetEnded(kThen + std::chrono::hours(1));
  EXPECT_THAT(book.Unresolved(), IsEmpty());
}

}  // namespace
}  // namespace latchkey
