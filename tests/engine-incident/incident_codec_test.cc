#include "engine/incident/incident_codec.h"

#include <gtest/gtest.h>

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

TEST(IncidentCodecTest, NothingThatIsCutOrOfALaterReleaseIsAnIncident) {
  const std::string bytes = EncodeIncident(OpenIncident("1", Sabotage(40), 7, kThen));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(DecodeIncident(bytes.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(DecodeIncident(bytes + '\0'), std::nullopt);
  std::string later = bytes;
  later[0] = 2;
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
