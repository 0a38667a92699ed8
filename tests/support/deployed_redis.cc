#include "tests/support/deployed_redis.h"

#include <chrono>
#include <stdexcept>
#include <thread>

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
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (primary_.Command({"INFO", "replication"}).find("min_slaves_good_slaves:1") == std::string::npos) {
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error("the replica does not come up:\n" + primary_.Command({"INFO", "replication"}));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace latchkey
