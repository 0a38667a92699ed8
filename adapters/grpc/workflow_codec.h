// Stakes and standings between the wire and the engine.
#pragma once

#include "absl/status/statusor.h"
#include "engine/workflow/dependencies.h"
#include "engine/workflow/stakes.h"
#include "engine/workflow/standings.h"
#include "latchkey/v1/workflow.pb.h"

namespace latchkey {

void Encode(const Stake& stake, v1::Stake* out);
void Encode(const Standing& standing, v1::Standing* out);
void Encode(const Dependency& dependency, v1::Dependency* out);

// kInvalidArgument for what is not known.
[[nodiscard]] absl::StatusOr<OnLock> DecodeOnLock(v1::OnLock on_lock);

// kInvalidArgument for a state that callers may not set.
[[nodiscard]] absl::StatusOr<StandingState> DecodeSettableState(v1::StandingState state);

}  // namespace latchkey
