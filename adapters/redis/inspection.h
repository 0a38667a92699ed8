// Asks a live Redis what it is like, for `latchkey doctor`: facts, which diagnosis.h judges.
//
// Changes nothing but one key of its own with a time to live of seconds. Rights beyond the engine's need are
// looked for with ACL DRYRUN, where an inspector is given; otherwise by asking for what Redis would refuse
// anyway, and each refusal for want of the right leaves a line in ACL LOG under the client name
// latchkey-doctor.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/redis_client.h"
#include "engine/base/clock.h"

namespace latchkey {

// One primary. What could not be asked is absent.
struct ServerFacts {
  std::string name;
  std::map<std::string, std::string> info;     // INFO, line by line.
  std::map<std::string, std::string> config;   // CONFIG GET of what matters; empty: not allowed to ask.
  std::map<std::string, std::string> cluster;  // CLUSTER INFO.
  std::vector<std::string> missing;            // Rights that the engine's user lacks.
  std::vector<std::string> beyond;             // … that it has and never needs.
  std::optional<Duration> clock_ahead;         // Its clock less ours.
  std::optional<bool> open_to_all;             // Somebody without a password is somebody.
  std::optional<int64_t> refusals;             // Lines in ACL LOG.
  std::string environment;                     // The engine's.
  std::string owner;                           // Whose the store is, by its stamp; empty: nobody's yet.
  bool asked_as_cluster = false;
  bool inspected = false;  // An inspector was there.
};

struct InspectionOptions {
  RedisSettings engine;                    // As latchkeyd has it.
  std::optional<RedisSettings> inspector;  // The same Redis as somebody who may look at more.
  Duration patience{5000};                 // For a connection; each question has as long again.
};

// Blocks. UNAVAILABLE or DEADLINE_EXCEEDED when Redis cannot be reached, PERMISSION_DENIED for a wrong
// password.
[[nodiscard]] absl::StatusOr<std::vector<ServerFacts>> Inspect(const InspectionOptions& options,
                                                               const Clock& clock);

}  // namespace latchkey
