// Incidents between the wire and the engine.
#pragma once

#include "absl/status/statusor.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/incident/incident_book.h"
#include "latchkey/v1/incidents.pb.h"

namespace latchkey {

void Encode(const Incident& incident, v1::Incident* out);
void Encode(const DetectorReport& report, v1::DetectorReport* out);

// kInvalidArgument, naming the field, for what no incident can have.
[[nodiscard]] absl::StatusOr<IncidentFilter> DecodeFilter(const v1::ListIncidentsRequest& request,
                                                          const KeyMaker& keys);

}  // namespace latchkey
