// An incident as people read it.
#pragma once

#include <ostream>

#include "absl/time/time.h"
#include "latchkey/v1/incidents.pb.h"

namespace latchkey::cli {

// "tenant/alice", or the pseudonym where names are not shown.
[[nodiscard]] std::string PartyWord(const v1::IncidentParty& party);

// All of it: what, whom, who seems to be behind it and why, and what happened when.
void ShowIncident(const v1::Incident& incident, absl::Time now, std::ostream& out);

}  // namespace latchkey::cli
