// Gives the victims of an incident a standing, where something is at stake for them. Evidence alone never
// says more than "under attack", and always keeps commitments.
#pragma once

#include "engine/incident/incident_desk.h"
#include "engine/workflow/stake_lookup.h"
#include "engine/workflow/standings.h"

namespace latchkey {

class VictimStandings final : public IncidentSink {
 public:
  // Below it, a victim is only suspected to be attacked.
  static constexpr double kSure = 0.8;
  // How long a standing outlasts the latest finding.
  static constexpr Duration kQuiet = std::chrono::minutes(15);

  VictimStandings(const StakeLookup& stakes, Standings& standings) : stakes_(stakes), standings_(standings) {}

  void OnIncident(const Incident& incident, TimePoint now) override;

 private:
  const StakeLookup& stakes_;
  Standings& standings_;
};

}  // namespace latchkey
