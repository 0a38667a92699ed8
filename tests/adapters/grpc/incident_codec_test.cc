#include "adapters/grpc/incident_codec.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

TEST(IncidentOnTheWireTest, AnIncidentSaysWhatItsKindIsCalledElsewhere) {
  Incident incident;
  incident.kind = AttackKind::kLockoutSabotage;
  v1::Incident wire;
  Encode(incident, &wire);
  EXPECT_EQ(wire.attack_technique_id(), "T1531");
  EXPECT_EQ(wire.capec_id(), "CAPEC-2");
  EXPECT_EQ(wire.cwe_id(), "CWE-645");
}

TEST(IncidentOnTheWireTest, CountsDecisionsOverAllNodes) {
  Incident incident;
  incident.counts = {{.node = 1, .decisions = {.allow = 5, .throttle = 4, .challenge = 3, .lockout = 2}},
                     {.node = 2, .decisions = {.allow = 1, .throttle = 1}}};
  v1::Incident wire;
  Encode(incident, &wire);
  EXPECT_EQ(wire.counts().allowed(), 6);
  EXPECT_EQ(wire.counts().throttled(), 5);
  EXPECT_EQ(wire.counts().challenged(), 3);
  EXPECT_EQ(wire.counts().locked_out(), 2);
}

TEST(IncidentOnTheWireTest, EveryKindHasAllThreeNames) {
  for (int kind = 1; kind <= kAttackKinds; ++kind) {
    Incident incident;
    incident.kind = static_cast<AttackKind>(kind);
    v1::Incident wire;
    Encode(incident, &wire);
    EXPECT_TRUE(wire.attack_technique_id().starts_with("T1")) << kind;
    EXPECT_TRUE(wire.capec_id().starts_with("CAPEC-")) << kind;
    EXPECT_TRUE(wire.cwe_id().starts_with("CWE-")) << kind;
  }
}

}  // namespace
}  // namespace latchkey
