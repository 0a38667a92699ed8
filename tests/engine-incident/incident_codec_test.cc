#include "engine/incident/incident_codec.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "engine/incident/ledger.h"
#include "tests/engine-incident/findings.h"

namespace latchkey {
namespace {

TEST(IncidentCodecTest, ReadsWhatItWrote) {
  Incident incident = OpenIncident("0123456789abcdef", Sabotage(40), ~uint64_t{0}, kThen);
  incident.subject = {~uint64_t{0}, 5};
  ASSERT_TRUE(SetState(incident, IncidentState::kAcknowledged, "eve", "looking", kThen).ok());
  EXPECT_EQ(DecodeIncident(EncodeIncident(incident)), incident);
  EndBySilence(incident, kThen);
  EXPECT_EQ(DecodeIncident(EncodeIncident(incident)), incident);
}

// Written by a release that did not count decisions.
constexpr char kFirstVersion[] =
    "01b030313233343536373839616263646566010201a764656661756c740101cf0000016f209a9800cf0000016f209a9800"
    "00ce000dbba0ab343020617474656d7074739107280523000000910101ad64656661756c742f616c69636590909091aa61"
    "756374696f6e2d31379091cf0000016f209a9800a0b36f70656e65643a20343020617474656d707473a0a0cf0000016f20"
    "9a980003";

TEST(IncidentCodecTest, ReadsTheFirstVersionWhichCountedNoDecisions) {
  const auto read = DecodeIncident(absl::HexStringToBytes(kFirstVersion));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->id, "0123456789abcdef");
  EXPECT_EQ(read->Total().attempts, 40);
  EXPECT_EQ(read->Total().refusals, 35);
  EXPECT_EQ(read->Total().decisions, ActionCounts());
  ASSERT_EQ(read->victims.size(), 1U);
  EXPECT_EQ(read->victims[0].name, "default/alice");
  EXPECT_EQ(read->changes, 3);
  // The very first entries did not count their changes, the last of its numbers.
  std::string first = absl::HexStringToBytes(kFirstVersion);
  first.pop_back();
  ASSERT_TRUE(DecodeIncident(first).has_value());
  EXPECT_EQ(DecodeIncident(first)->changes, 0);
  // It is written as the second, and goes on counting.
  Incident incident = *read;
  (void)FoldFinding(incident, Sabotage(50), 7, kThen);
  const auto again = DecodeIncident(EncodeIncident(incident));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->Total().decisions, (ActionCounts{.allow = 5, .throttle = 45}));
}

TEST(IncidentCodecTest, NothingThatIsCutOrOfALaterReleaseIsAnIncident) {
  const std::string bytes = EncodeIncident(OpenIncident("1", Sabotage(40), 7, kThen));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(DecodeIncident(bytes.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(DecodeIncident(bytes + '\0'), std::nullopt);
  std::string later = bytes;
  later[0] = 3;
  EXPECT_EQ(DecodeIncident(later), std::nullopt);
}

TEST(IncidentCodecTest, TheLargestFitsTheLedger) {
  Finding finding = Sabotage(1);
  const std::string long_text(2000, 'x');
  finding.text = long_text;
  finding.evidence.assign(40, {long_text, 1e300, -1, long_text});
  finding.suspects.clear();
  for (uint64_t i = 0; i < 40; ++i) {
    finding.victims.push_back({{9, i}, long_text});
    finding.sources.push_back({{9, i}, long_text});
    finding.networks.push_back({{9, i}, long_text});
    finding.suspects.push_back({{{9, i}, long_text}, 1, long_text, finding.evidence});
    finding.workflows.push_back(std::to_string(i) + long_text);
  }
  const Incident incident = OpenIncident("1", finding, 7, kThen);
  const std::string bytes = EncodeIncident(incident);
  EXPECT_LE(bytes.size(), kLedgerBytesMax);
  const auto read = DecodeIncident(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->Total(), incident.Total());
}

}  // namespace
}  // namespace latchkey
