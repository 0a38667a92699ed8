#include "engine/incident/incident.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine-incident/findings.h"

namespace latchkey {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;

TEST(IncidentTest, OpensWithWhatTheFindingSays) {
  const Incident incident = OpenIncident("1", Sabotage(40), 7, kThen);
  EXPECT_EQ(incident.state, IncidentState::kOpen);
  EXPECT_TRUE(incident.goes_on());
  EXPECT_EQ(incident.Total().attempts, 40);
  ASSERT_EQ(incident.suspects.size(), 1U);
  EXPECT_EQ(incident.suspects.front().account.name, "default/mallory");
  ASSERT_GE(incident.timeline.size(), 2U);
  EXPECT_THAT(incident.timeline[0].text, HasSubstr("opened"));
  EXPECT_THAT(incident.timeline[1].text, HasSubstr("mallory is suspected"));
}

TEST(IncidentTest, TheSameFindingTwiceIsNothing) {
  Incident incident = OpenIncident("1", Sabotage(40), 7, kThen);
  const Incident before = incident;
  EXPECT_EQ(FoldFinding(incident, Sabotage(40), 7, kThen + minutes(1)), FoldWeight::kNothing);
  EXPECT_EQ(incident, before);
}

TEST(IncidentTest, CountsOfNodesAddUpAndGrowOnly) {
  Incident incident = OpenIncident("1", Sabotage(40), 7, kThen);
  EXPECT_EQ(FoldFinding(incident, Sabotage(30), 8, kThen), FoldWeight::kMore);
  EXPECT_EQ(incident.Total().attempts, 70);
  (void)FoldFinding(incident, Sabotage(35), 7, kThen);  // an older word of the first node
  EXPECT_EQ(incident.Total().attempts, 70);
  EXPECT_EQ(FoldFinding(incident, Sabotage(60), 8, kThen), FoldWeight::kNews);  // a digit more: 100
  EXPECT_EQ(incident.Total().attempts, 100);
  EXPECT_EQ(incident.timeline.back().text, "100 attempts so far");
}

TEST(IncidentTest, DecisionsOfNodesAddUpByAction) {
  Incident incident = OpenIncident("1", Sabotage(40), 7, kThen);
  Finding other = Sabotage(30);
  other.decisions = {.allow = 5, .throttle = 10, .challenge = 12, .lockout = 3};
  (void)FoldFinding(incident, other, 8, kThen);
  EXPECT_EQ(incident.Total().decisions,
            (ActionCounts{.allow = 10, .throttle = 45, .challenge = 12, .lockout = 3}));
  other.decisions.throttle = 9;  // an older word
  EXPECT_EQ(FoldFinding(incident, other, 8, kThen), FoldWeight::kNothing);
  other.decisions.lockout = 4;
  EXPECT_EQ(FoldFinding(incident, other, 8, kThen), FoldWeight::kMore);
  EXPECT_EQ(incident.Total().decisions,
            (ActionCounts{.allow = 10, .throttle = 45, .challenge = 12, .lockout = 4}));
}

TEST(IncidentTest, ManyNodesAreCountedInFewPlacesAndLoseNothing) {
  Incident incident = OpenIncident("1", Sabotage(1), 1, kThen);
  for (uint64_t node = 2; node <= 100; ++node) (void)FoldFinding(incident, Sabotage(1), node, kThen);
  EXPECT_EQ(incident.counts.size(), kIncidentNodesMax);
  EXPECT_EQ(incident.Total().attempts, 100);
  EXPECT_EQ(incident.Total().decisions.allow, 500);
}

TEST(IncidentTest, ListsAndTimelineAreBounded) {
  Incident incident = OpenIncident("1", Sabotage(1), 1, kThen);
  for (int i = 0; i < 200; ++i) {
    Finding finding = Sabotage(1);
    finding.victims.front().key.low = static_cast<uint64_t>(i);
    finding.sources.front().key.low = static_cast<uint64_t>(i);
    finding.suspects.front().account.key.low = static_cast<uint64_t>(i);
    finding.workflows = {std::to_string(i)};
    (void)FoldFinding(incident, finding, 1, kThen);
    ASSERT_TRUE(SetState(incident, IncidentState::kResolved, "eve", std::string(10'000, 'x'), kThen).ok());
  }
  EXPECT_EQ(incident.victims.size(), Finding::kListMax);
  EXPECT_EQ(incident.sources.size(), Finding::kListMax);
  EXPECT_EQ(incident.suspects.size(), Finding::kListMax);
  EXPECT_EQ(incident.workflows.size(), Finding::kListMax);
  EXPECT_EQ(incident.timeline.size(), kIncidentNotesMax);
  EXPECT_THAT(incident.timeline.front().text, HasSubstr("opened"));
  EXPECT_EQ(incident.reason.size(), kIncidentTextMax);
}

TEST(IncidentTest, LongTextsAreCutBetweenCharacters) {
  // Attackers choose the names of accounts; messages with half a character in them are refused by their
  // readers.
  for (size_t lead = 0; lead < 4; ++lead) {
    std::string name(lead, 'x');
    while (name.size() <= kIncidentTextMax) name += "\xF0\x9F\x94\x91";
    Finding finding = Sabotage(1);
    finding.victims.front().name = name;
    const Incident incident = OpenIncident("1", finding, 1, kThen);
    const std::string& kept = incident.victims.front().name;
    EXPECT_GT(kept.size(), kIncidentTextMax - 4);
    EXPECT_LE(kept.size(), kIncidentTextMax);
    EXPECT_EQ((kept.size() - lead) % 4, 0U);
  }
}

TEST(IncidentTest, SilenceResolvesWhatNobodyHasClosed) {
  Incident incident = OpenIncident("1", Sabotage(1), 1, kThen);
  ASSERT_TRUE(SetState(incident, IncidentState::kAcknowledged, "eve", "looking", kThen).ok());
  EndBySilence(incident, kThen + minutes(30));
  EXPECT_FALSE(incident.goes_on());
  EXPECT_EQ(incident.state, IncidentState::kResolved);
  EXPECT_EQ(incident.author, "");
  // What people said stays.
  Incident alarm = OpenIncident("2", Sabotage(1), 1, kThen);
  ASSERT_TRUE(SetState(alarm, IncidentState::kFalseAlarm, "eve", "a load test", kThen).ok());
  EndBySilence(alarm, kThen + minutes(30));
  EXPECT_EQ(alarm.state, IncidentState::kFalseAlarm);
  EXPECT_EQ(alarm.author, "eve");
}

TEST(IncidentTest, PeopleCloseAndDoNotAcknowledgeWhatIsClosed) {
  Incident incident = OpenIncident("1", Sabotage(1), 1, kThen);
  EXPECT_EQ(SetState(incident, IncidentState::kOpen, "eve", "", kThen).code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(SetState(incident, IncidentState::kResolved, "eve", "blocked at the edge", kThen).ok());
  EXPECT_EQ(SetState(incident, IncidentState::kAcknowledged, "eve", "", kThen).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(SetState(incident, IncidentState::kFalseAlarm, "eve", "it was us", kThen).ok());
}

TEST(IncidentTest, AClaimIsOfOneKindTenantAndSubject) {
  Finding other = Sabotage(1);
  EXPECT_EQ(ClaimOf(other), ClaimOf(OpenIncident("1", Sabotage(9), 1, kThen)));
  other.tenant = "shop2";
  EXPECT_NE(ClaimOf(other), ClaimOf(Sabotage(1)));
  other = Sabotage(1);
  other.subject.low = 99;
  EXPECT_NE(ClaimOf(other), ClaimOf(Sabotage(1)));
  other.tenant = std::string(1000, '\xFF');
  EXPECT_LE(ClaimOf(other).size(), 64U);
}

}  // namespace
}  // namespace latchkey
