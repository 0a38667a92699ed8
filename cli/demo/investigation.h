// What Latchkey has found out about the attack, told as the story goes.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/demo/narrator.h"
#include "latchkey/v1/incidents.pb.h"

namespace latchkey::demo {

// Waits for the incident of a sabotage that names a suspect and tells it with its timeline. kNotFound after
// `patience`.
[[nodiscard]] absl::StatusOr<v1::Incident> Investigate(const std::shared_ptr<grpc::Channel>& latchkey,
                                                       absl::Duration patience, Narrator& narrator);

}  // namespace latchkey::demo
