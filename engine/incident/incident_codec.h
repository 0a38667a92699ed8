// Incidents as the ledger keeps them: MessagePack, with a version.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/incident/incident.h"

namespace latchkey {

// At most kLedgerBytesMax: evidence and suspects beyond it are left out.
[[nodiscard]] std::string EncodeIncident(const Incident& incident);
// Nothing for what is no incident, or was written by a release that is too new.
[[nodiscard]] std::optional<Incident> DecodeIncident(std::string_view bytes);

}  // namespace latchkey
