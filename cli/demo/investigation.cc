#include "cli/demo/investigation.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "cli/demo/calls.h"
#include "engine/base/status_macros.h"
#include "latchkey/v1/incidents.grpc.pb.h"

namespace latchkey::demo {
namespace {

void Tell(const v1::Incident& incident, Narrator& narrator) {
  narrator.Say("latchkey", absl::StrCat("incident ", incident.incident_id(), ": ", incident.text()));
  for (const v1::IncidentSuspect& suspect : incident.suspects()) {
    narrator.Say("latchkey", absl::StrFormat("suspect: %s (%.0f %%): %s", suspect.account().name(),
                                             100 * suspect.confidence(), suspect.text()));
  }
  const int64_t began = incident.timeline_size() == 0 ? 0 : incident.timeline(0).time().seconds();
  for (const v1::IncidentNote& note : incident.timeline())
    narrator.Say("latchkey", absl::StrCat("  +", note.time().seconds() - began, " s  ", note.text()));
}

}  // namespace

absl::StatusOr<v1::Incident> Investigate(const std::shared_ptr<grpc::Channel>& latchkey,
                                         absl::Duration patience, Narrator& narrator) {
  const auto incidents = v1::IncidentsService::NewStub(latchkey);
  v1::ListIncidentsRequest request;
  request.add_kinds(v1::ATTACK_KIND_LOCKOUT_SABOTAGE);
  for (const absl::Time end = absl::Now() + patience; absl::Now() < end;
       absl::SleepFor(absl::Milliseconds(50))) {
    LATCHKEY_ASSIGN_OR_RETURN(const v1::ListIncidentsResponse answer,
                              Call(*incidents, &v1::IncidentsService::Stub::ListIncidents, request));
    if (answer.incidents_size() == 0 || answer.incidents(0).suspects_size() == 0) continue;
    Tell(answer.incidents(0), narrator);
    return answer.incidents(0);
  }
  return absl::NotFoundError("no incident has named a suspect");
}

}  // namespace latchkey::demo
