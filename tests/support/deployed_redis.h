// Redis as deploy/redis recommends it: a primary and a replica with that redis.conf and that latchkey.acl.
#pragma once

#include <string>

#include "tests/support/redis_server.h"

namespace latchkey {

// Throws std::runtime_error when they cannot be started or do not find one another. Use it from the thread
// that made it.
class DeployedRedis {
 public:
  DeployedRedis();

  [[nodiscard]] std::string url() const { return primary_.url(); }
  [[nodiscard]] RedisServer& primary() { return primary_; }
  [[nodiscard]] RedisServer& replica() { return replica_; }

 private:
  RedisServer primary_;
  RedisServer replica_;
};

}  // namespace latchkey
