#include "cli/incident_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Shown(const v1::Incident& incident) {
  std::ostringstream out;
  ShowIncident(incident, absl::FromUnixSeconds(1'800'000'000), out);
  return out.str();
}

TEST(IncidentTextTest, ShowsWhatTheAttackIsCalledElsewhere) {
  v1::Incident incident;
  incident.set_kind(v1::ATTACK_KIND_LOCKOUT_SABOTAGE);
  EXPECT_THAT(Shown(incident), Not(HasSubstr("known as")));  // of an older server
  incident.set_attack_technique_id("T1531");
  incident.set_capec_id("CAPEC-2");
  incident.set_cwe_id("CWE-645");
  EXPECT_THAT(Shown(incident), HasSubstr("known as    T1531, CAPEC-2, CWE-645\n"));
}

TEST(IncidentTextTest, ShowsTheDecisionsThatWereTaken) {
  v1::Incident incident;
  EXPECT_THAT(Shown(incident), Not(HasSubstr("decisions")));
  incident.mutable_counts()->set_allowed(5);
  incident.mutable_counts()->set_throttled(19);
  incident.mutable_counts()->set_locked_out(1);
  EXPECT_THAT(Shown(incident), HasSubstr("decisions   5 ALLOW, 19 THROTTLE, 1 LOCKOUT\n"));
}

}  // namespace
}  // namespace latchkey::cli
