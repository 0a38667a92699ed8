#include "tests/support/redis_cluster.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

#include "adapters/redis/info.h"
#include "tests/support/holds_within.h"

namespace latchkey {
namespace {

constexpr size_t kSlots = 16384;
constexpr std::chrono::seconds kPatience{30};

std::vector<std::string> Words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

bool Says(RedisServer& node, const std::vector<std::string>& question, const std::string& answer) {
  try {
    return node.Command(question).find(answer) != std::string::npos;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

RedisCluster::RedisCluster(Options options) : options_(std::move(options)) {
  for (size_t i = 0; i < options_.primaries * (1 + options_.replicas_each); ++i) StartNode();
  Join();
  AwaitOk();
}

RedisServer::Options RedisCluster::NodeOptions(uint16_t bus_port) const {
  RedisServer::Options server = options_.server;
  auto& args = server.arguments;
  args.insert(args.end(), {"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus_port)});
  args.insert(args.end(), {"--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0"});
  args.insert(args.end(), {"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"});
  if (server.tls) args.insert(args.end(), {"--tls-cluster", "yes"});
  if (!server.password.empty()) args.insert(args.end(), {"--masterauth", server.password});
  if (server.least_privilege && server.password.empty())
    args.insert(args.end(), {"--masteruser", "replica", "--masterauth", "test"});
  return server;
}

void RedisCluster::StartNode() {
  // Somebody else may take a free port before the server does.
  constexpr int kPortsTried = 5;
  for (int tried = 1;; ++tried) {
    const uint16_t bus_port = FreePort();
    try {
      nodes_.push_back(std::make_unique<RedisServer>(NodeOptions(bus_port)));
    } catch (const std::runtime_error&) {
      if (tried == kPortsTried) throw;
      continue;
    }
    bus_ports_.push_back(bus_port);
    break;
  }
  ids_.push_back(nodes_.back()->Command({"CLUSTER", "MYID"}));
}

void RedisCluster::Join() {
  const size_t primaries = options_.primaries;
  for (size_t i = 0; i < size(); ++i) {
    node(i).Command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    if (i < primaries) {
      node(i).Command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(kSlots * i / primaries),
                       std::to_string(kSlots * (i + 1) / primaries - 1)});
    }
    for (size_t other = 0; other < i; ++other) {
      const uint16_t port = options_.server.tls ? node(other).tls_port() : node(other).port();
      node(i).Command(
          {"CLUSTER", "MEET", "127.0.0.1", std::to_string(port), std::to_string(bus_ports_[other])});
    }
  }
  for (size_t i = primaries; i < size(); ++i) {
    // It must have heard of its primary first.
    const auto replicates = [&] {
      return node(i).Command({"CLUSTER", "REPLICATE", id(i % primaries)}) == "OK";
    };
    if (!HoldsWithin(kPatience, replicates))
      throw std::runtime_error("a node of the test's Redis Cluster does not become a replica");
  }
}

std::string RedisCluster::url() const {
  std::string url = options_.server.tls ? "rediss+cluster://" : "redis+cluster://";
  if (nodes_[0]->least_privilege()) url += "latchkey:test@";
  for (const auto& each : nodes_) {
    if (each != nodes_[0]) url += ',';
    url += "127.0.0.1:" + std::to_string(options_.server.tls ? each->tls_port() : each->port());
  }
  return url;
}

bool RedisCluster::Settled() {
  const bool all_run =
      std::all_of(nodes_.begin(), nodes_.end(), [](const auto& each) { return each->running(); });
  for (size_t i = 0; i < size(); ++i) {
    if (!node(i).running()) continue;
    const std::string cluster = node(i).Command({"CLUSTER", "INFO"});
    if (InfoField(cluster, "cluster_state") != "ok") return false;
    if (InfoNumber(cluster, "cluster_slots_ok") != static_cast<int64_t>(kSlots)) return false;
    if (InfoNumber(cluster, "cluster_known_nodes") != static_cast<int64_t>(size())) return false;
    const std::string replication = node(i).Command({"INFO", "replication"});
    if (InfoField(replication, "master_link_status") == "down") return false;
    const bool alone =
        InfoField(replication, "role") == "master" && InfoNumber(replication, "connected_slaves") == 0;
    if (alone && all_run && options_.replicas_each > 0) return false;
  }
  return true;
}

void RedisCluster::AwaitOk() {
  // Each look asks every node twice, by new connections.
  if (!HoldsWithin(
          kPatience, [this] { return Settled(); }, std::chrono::milliseconds(50)))
    throw std::runtime_error("the test's Redis Cluster does not come together");
}

size_t RedisCluster::OwnerOf(uint16_t slot, size_t asked) {
  // A line each: id address flags primary ping pong epoch link slot-slot slot …
  std::istringstream lines(node(asked).Command({"CLUSTER", "NODES"}));
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> words = Words(line);
    for (size_t i = 8; i < words.size(); ++i) {
      if (words[i].starts_with('[')) continue;
      const size_t dash = words[i].find('-');
      const int first = std::stoi(words[i].substr(0, dash));
      const int last = dash == std::string::npos ? first : std::stoi(words[i].substr(dash + 1));
      if (slot < first || slot > last) continue;
      return static_cast<size_t>(std::find(ids_.begin(), ids_.end(), words[0]) - ids_.begin());
    }
  }
  throw std::runtime_error("nobody serves slot " + std::to_string(slot));
}

void RedisCluster::AwaitOneEpoch() {
  const auto epoch = [this](size_t i) {
    return InfoNumber(node(i).Command({"CLUSTER", "INFO"}), "cluster_current_epoch");
  };
  const auto agreed = [&] {
    std::set<std::optional<int64_t>> epochs;
    for (size_t i = 0; i < size(); ++i) {
      if (node(i).running()) epochs.insert(epoch(i));
    }
    return epochs.size() <= 1;
  };
  if (!HoldsWithin(kPatience, agreed))
    throw std::runtime_error("the nodes of the test's Redis Cluster do not agree on its epoch");
}

void RedisCluster::MoveSlot(uint16_t slot, size_t to, int batch) {
  // Others may not have heard yet who the owner is; he knows.
  size_t from = OwnerOf(slot, to);
  for (size_t i = 0; i < size(); ++i) {
    if (node(i).running() && Says(node(i), {"ROLE"}, "master") && OwnerOf(slot, i) == i) from = i;
  }
  if (from == to) return;
  const std::string number = std::to_string(slot);
  const std::string port = std::to_string(options_.server.tls ? node(to).tls_port() : node(to).port());
  node(to).Command({"CLUSTER", "SETSLOT", number, "IMPORTING", id(from)});
  node(from).Command({"CLUSTER", "SETSLOT", number, "MIGRATING", id(to)});
  for (;;) {
    const std::vector<std::string> keys =
        Words(node(from).Command({"CLUSTER", "GETKEYSINSLOT", number, std::to_string(batch)}));
    if (keys.empty()) break;
    std::vector<std::string> migrate = {"MIGRATE", "127.0.0.1", port, "", "0", "5000"};
    if (!options_.server.password.empty()) migrate.insert(migrate.end(), {"AUTH", options_.server.password});
    if (node(from).least_privilege()) migrate.insert(migrate.end(), {"AUTH2", "operator", "test"});
    migrate.emplace_back("KEYS");
    migrate.insert(migrate.end(), keys.begin(), keys.end());
    node(from).Command(migrate);
  }
  // The new owner first: it raises the epoch, so that the others believe it. They would hear of it by and by.
  // Two nodes that raise it to the same one at the same time would take a slot from each other, and delete
  // its keys.
  AwaitOneEpoch();
  node(to).Command({"CLUSTER", "SETSLOT", number, "NODE", id(to)});
  node(from).Command({"CLUSTER", "SETSLOT", number, "NODE", id(to)});
  for (const auto& each : nodes_) {
    if (each->running() && Says(*each, {"ROLE"}, "master"))
      each->Command({"CLUSTER", "SETSLOT", number, "NODE", id(to)});
  }
}

std::vector<std::string> RedisCluster::Keys(const std::string& pattern) {
  std::vector<std::string> all;
  for (const auto& each : nodes_) {
    if (!each->running() || !Says(*each, {"ROLE"}, "master")) continue;
    const std::vector<std::string> some = Words(each->Command({"KEYS", pattern}));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void RedisCluster::FlushAll() {
  for (const auto& each : nodes_) {
    if (each->running() && Says(*each, {"ROLE"}, "master")) each->FlushAll();
  }
}

}  // namespace latchkey
