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
