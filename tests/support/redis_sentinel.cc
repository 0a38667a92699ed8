#include "tests/support/redis_sentinel.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/holds_within.h"

namespace latchkey {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

RedisSentinels::RedisSentinels(Options options) : options_(std::move(options)) {
  for (size_t i = 0; i <= options_.replicas; ++i) {
    RedisServer::Options server = options_.server;
    auto& args = server.arguments;
    args.insert(args.end(), {"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"});
    if (!server.password.empty()) args.insert(args.end(), {"--masterauth", server.password});
    if (server.least_privilege && server.password.empty())
      args.insert(args.end(), {"--masteruser", "replica", "--masterauth", "test"});
    if (server.tls) args.insert(args.end(), {"--tls-replication", "yes"});
    if (i > 0) args.insert(args.end(), {"--replicaof", "127.0.0.1 " + std::to_string(PortOf(*servers_[0]))});
    servers_.push_back(std::make_unique<RedisServer>(std::move(server)));
  }
  for (size_t i = 0; i < options_.sentinels; ++i) StartSentinel();
  AwaitTogether();
}

RedisSentinels::~RedisSentinels() {
  for (size_t i = 0; i < watchers_.size(); ++i) StopSentinel(i);
}

void RedisSentinels::StartSentinel() {
  const std::string place = folder_.File(std::to_string(watchers_.size()));
  std::filesystem::create_directory(place);
  const RedisServer::Options& server = options_.server;
  Watcher watcher{.port = FreePort()};
  std::ofstream file(place + "/sentinel.conf");
  file << "port " << watcher.port << "\nbind 127.0.0.1\ndir " << place << "\n";
  if (server.tls || options_.sentinel_tls) {
    watcher.tls_port = FreePort();
    file << "tls-port " << watcher.tls_port << "\ntls-auth-clients " << (server.tls_clients ? "yes" : "no");
    file << "\ntls-ca-cert-file " << server.ca_file << "\ntls-cert-file " << server.cert_file;
    file << "\ntls-key-file " << server.key_file << "\n";
  }
  if (server.tls) file << "tls-replication yes\n";
  file << "sentinel monitor " << kMaster << " 127.0.0.1 " << PortOf(*servers_[0]) << " "
       << options_.sentinels / 2 + 1 << "\n";
  file << "sentinel down-after-milliseconds " << kMaster << " 500\n";
  file << "sentinel failover-timeout " << kMaster << " 3000\n";
  file << "sentinel parallel-syncs " << kMaster << " 2\n";
  if (servers_[0]->least_privilege())
    file << "sentinel auth-user " << kMaster << " sentinel\nsentinel auth-pass " << kMaster << " test\n";
  if (!server.password.empty()) file << "sentinel auth-pass " << kMaster << " " << server.password << "\n";
  if (!options_.sentinel_password.empty()) file << "requirepass " << options_.sentinel_password << "\n";
  file.close();
  watcher.pid = StartRedisProcess({place + "/sentinel.conf", "--sentinel"}, place + "/log");
  watchers_.push_back(watcher);
}

void RedisSentinels::AwaitTogether() {
  const std::string others = "num-other-sentinels " + std::to_string(options_.sentinels - 1);
  const std::string replicas = "num-slaves " + std::to_string(options_.replicas);
  for (size_t i = 0; i < watchers_.size(); ++i) {
    const auto knows_all = [&] {
      const std::string said = AskSentinel(i, {"SENTINEL", "MASTER", kMaster});
      return said.find(others) != std::string::npos && said.find(replicas) != std::string::npos;
    };
    if (!HoldsWithin(kPatience, knows_all))
      throw std::runtime_error("the test's Sentinels do not come together");
  }
  for (size_t i = 1; i < size(); ++i) {
    const auto in_step = [&] { return server(i).Command({"ROLE"}).find(" connected ") != std::string::npos; };
    if (!HoldsWithin(kPatience, in_step))
      throw std::runtime_error("a replica of the test does not get in step");
  }
}

std::string RedisSentinels::url() const {
  std::string url = options_.server.tls ? "rediss+sentinel://" : "redis+sentinel://";
  if (servers_[0]->least_privilege()) url += "latchkey:test@";
  for (const Watcher& each : watchers_) {
    if (&each != watchers_.data()) url += ',';
    url += "127.0.0.1:" + std::to_string(options_.sentinel_tls ? each.tls_port : each.port);
  }
  return url + "/" + kMaster;
}

std::string RedisSentinels::AskSentinel(size_t place, const std::vector<std::string>& args) {
  return AskRedis(watchers_.at(place).port, options_.sentinel_password, args);
}

void RedisSentinels::StopSentinel(size_t place) {
  Watcher& watcher = watchers_.at(place);
  if (watcher.pid < 0) return;
  kill(watcher.pid, SIGKILL);
  waitpid(watcher.pid, nullptr, 0);
  watcher.pid = -1;
}

size_t RedisSentinels::Primary() {
  for (size_t i = 0; i < watchers_.size(); ++i) {
    if (watchers_[i].pid < 0) continue;
    const std::string named = AskSentinel(i, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", kMaster});
    for (size_t place = 0; place < size(); ++place) {
      if (named == "127.0.0.1 " + std::to_string(PortOf(server(place)))) return place;
    }
  }
  throw std::runtime_error("no Sentinel names a server of the test");
}

size_t RedisSentinels::AwaitFailover(size_t from) {
  size_t now = from;
  const auto failed_over = [&] {
    now = Primary();
    return now != from && server(now).Command({"ROLE"}).starts_with("master");
  };
  if (!HoldsWithin(kPatience, failed_over)) throw std::runtime_error("the test's Sentinels do not fail over");
  return now;
}

}  // namespace latchkey
