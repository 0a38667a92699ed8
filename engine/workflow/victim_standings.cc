#include "engine/workflow/victim_standings.h"

namespace latchkey {

void VictimStandings::OnIncident(const Incident& incident, TimePoint now) {
  if (!incident.goes_on() || incident.state == IncidentState::kFalseAlarm) return;
  // What was seen long ago keeps nobody under attack.
  const Duration hold = incident.last_seen + kQuiet - now;
  if (hold <= Duration::zero()) return;
  for (const NamedAccount& victim : incident.victims) {
    const std::vector<Stake> stakes = stakes_.Of(victim.key, now);
    if (stakes.empty()) continue;
    standings_.Observe(
        {victim.key, stakes.front().tenant, stakes.front().account},
        {.state = incident.confidence >= kSure ? StandingState::kUnderAttack : StandingState::kSuspected,
         .reason = incident.text,
         .cause = std::string(NameOf(incident.kind).id),
         .confidence = incident.confidence,
         .incident_id = incident.id},
        hold, now);
  }
}

}  // namespace latchkey
