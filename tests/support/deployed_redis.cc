#include "tests/support/deployed_redis.h"

#include <chrono>
#include <stdexcept>

#include "tests/support/holds_within.h"

namespace latchkey {
namespace {

RedisServer::Options Deployed(std::vector<std::string> arguments) {
  RedisServer::Options options;
  options.config_file = LATCHKEY_SOURCE_DIR "/deploy/redis/redis.conf";
  options.arguments = std::move(arguments);
  options.arguments.insert(options.arguments.end(), {"--repl-diskless-sync-delay", "0"});
  // The password of the user "replica" of the ACL file, as TestAcl has it; the least memory that a test
  // needs.
  options.arguments.insert(options.arguments.end(), {"--masterauth", "test", "--maxmemory", "200mb"});
  return options;
}

}  // namespace

DeployedRedis::DeployedRedis()
    : primary_(Deployed({})),
      replica_(Deployed({"--replicaof", "127.0.0.1 " + std::to_string(primary_.port())})) {
  const auto in_step = [this] {
    return primary_.Command({"INFO", "replication"}).find("min_slaves_good_slaves:1") != std::string::npos;
  };
  if (!HoldsWithin(std::chrono::seconds(20), in_step))
    throw std::runtime_error("the replica does not come up:\n" + primary_.Command({"INFO", "replication"}));
}

}  // namespace latchkey
