// Reads records as they stand in a live Redis, for `latchkey store dump`. It needs the rights of the user
// latchkey-reader (deploy/redis/latchkey.acl), changes nothing, and tells bytes: what they mean is for others
// to say.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/keys.h"
#include "adapters/redis/redis_client.h"
#include "engine/base/clock.h"

namespace latchkey {

struct StoredRecord {
  std::string key;
  std::string bytes;
  std::optional<Duration> expires_in;  // nothing: never
};

// Blocks. UNAVAILABLE or DEADLINE_EXCEEDED when Redis cannot be reached in time, PERMISSION_DENIED when the
// user may not.
class RecordReader {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<RecordReader>> Open(RedisSettings settings,
                                                                          Duration patience);

  // NOT_FOUND when there is none.
  [[nodiscard]] absl::StatusOr<StoredRecord> Get(const RecordKey& record) const;

  // Calls `visit` for records of this environment, in no order, until there are no more or it answers false.
  // One that comes or goes meanwhile may be missed, and one may come twice (as SCAN is).
  absl::Status Scan(const std::function<bool(const StoredRecord&)>& visit) const;

 private:
  RecordReader(std::unique_ptr<RedisClient> client, KeyNames names, std::string environment,
               Duration patience)
      : client_(std::move(client)),
        names_(std::move(names)),
        environment_(std::move(environment)),
        patience_(patience) {}

  [[nodiscard]] absl::StatusOr<Reply> Ask(const std::string& key, const std::vector<std::string>& args) const;
  [[nodiscard]] absl::StatusOr<std::optional<StoredRecord>> Fetch(const std::string& key) const;

  std::unique_ptr<RedisClient> client_;
  const KeyNames names_;
  const std::string environment_;
  const Duration patience_;
};

}  // namespace latchkey
