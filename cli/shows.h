// How answers that several verbs share are shown to people.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey::cli {

// "stranger-guesses: 5 of 5 failures by account from stranger in 15m, until 12:15:01Z (in 14m)"
[[nodiscard]] std::string ReasonText(const v1::Reason& reason, absl::Time now);

void ShowDecision(const v1::AssessResponse& decision, absl::Time now, std::ostream& out);

// One line a limit, lane by lane.
void ShowLanes(const google::protobuf::RepeatedPtrField<v1::LaneState>& lanes, absl::Time now,
               std::ostream& out);

}  // namespace latchkey::cli
