#include "load-tests/redis_shards.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/redis/info.h"
#include "load-tests/processor.h"

namespace latchkey::load {
namespace {

constexpr int kSlots = 16'384;

// One command on a connection of its own; the reply as text, or as a number in digits.
absl::StatusOr<std::string> Ask(int port, const std::vector<std::string>& words) {
  const timeval patience{5, 0};
  const std::unique_ptr<redisContext, decltype(&redisFree)> context(
      redisConnectWithTimeout("127.0.0.1", port, patience), redisFree);
  if (context == nullptr || context->err != 0 || redisSetTimeout(context.get(), patience) != REDIS_OK) {
    return absl::UnavailableError(absl::StrCat("no connection to redis-server on port ", port));
  }
  std::vector<const char*> texts;
  std::vector<size_t> lengths;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    lengths.push_back(word.size());
  }
  const std::unique_ptr<redisReply, decltype(&freeReplyObject)> reply(
      static_cast<redisReply*>(
          redisCommandArgv(context.get(), static_cast<int>(words.size()), texts.data(), lengths.data())),
      freeReplyObject);
  if (reply == nullptr) return absl::UnavailableError("redis-server is gone");
  if (reply->type == REDIS_REPLY_INTEGER) return absl::StrCat(reply->integer);
  std::string text(reply->str == nullptr ? "" : reply->str, reply->len);
  if (reply->type == REDIS_REPLY_ERROR)
    return absl::UnavailableError(absl::StrCat(absl::StrJoin(words, " "), ": ", text));
  return text;
}

absl::Status Await(ChildProcess& server, const std::function<bool()>& ready) {
  for (int i = 0; i < 2000; ++i) {
    if (ready()) return absl::OkStatus();
    if (server.Ended()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::string said = server.Log();
  return absl::UnavailableError(absl::StrCat("redis-server does not serve; it said:\n",
                                             said.substr(said.size() - std::min<size_t>(said.size(), 2000))));
}

}  // namespace

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const bool bound = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  if (fd >= 0) close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

absl::StatusOr<std::unique_ptr<RedisShards>> RedisShards::Start(int primaries, const std::vector<int>& cpus,
                                                                const std::string& folder) {
  std::unique_ptr<RedisShards> shards(new RedisShards());
  shards->clustered_ = primaries > 0;
  for (int i = 0; i < std::max(primaries, 1); ++i) {
    if (absl::Status launched = shards->Launch(primaries > 0, cpus, folder); !launched.ok()) return launched;
  }
  if (shards->clustered_) {
    if (absl::Status joined = shards->Join(); !joined.ok()) return joined;
  }
  return shards;
}

absl::Status RedisShards::Launch(bool clustered, const std::vector<int>& cpus, const std::string& folder) {
  const int port = FreePort();
  const std::string name = absl::StrCat("redis-", port);
  std::vector<std::string> command = {"redis-server", "--port", absl::StrCat(port), "--bind", "127.0.0.1",
                                      "--save",       "",       "--appendonly",     "no",     "--dir",
                                      folder};
  bus_ports_.push_back(clustered ? FreePort() : 0);
  if (clustered) {
    command.insert(command.end(), {"--cluster-enabled", "yes", "--cluster-config-file", name + ".conf",
                                   "--cluster-port", absl::StrCat(bus_ports_.back())});
  }
  auto server = ChildProcess::Start(
      command, {.log_file = absl::StrCat(folder, "/", name, ".log"), .scrub = "LATCHKEY_"});
  if (!server.ok()) return server.status();
  if (absl::Status pinned = PinTo((*server)->pid(), cpus); !pinned.ok()) return pinned;
  ports_.push_back(port);
  servers_.push_back(*std::move(server));
  return Await(*servers_.back(), [&] {
    return servers_.back()->Log().find("Ready to accept connections") != std::string::npos;
  });
}

absl::Status RedisShards::Join() {
  const int count = static_cast<int>(ports_.size());
  for (int i = 0; i < count; ++i) {
    const auto place = static_cast<size_t>(i);
    std::vector<std::vector<std::string>> words = {
        {"CLUSTER", "SET-CONFIG-EPOCH", absl::StrCat(i + 1)},
        {"CLUSTER", "ADDSLOTSRANGE", absl::StrCat(kSlots * i / count),
         absl::StrCat(kSlots * (i + 1) / count - 1)}};
    for (size_t other = 0; other < place; ++other) {
      words.push_back(
          {"CLUSTER", "MEET", "127.0.0.1", absl::StrCat(ports_[other]), absl::StrCat(bus_ports_[other])});
    }
    for (const auto& each : words) {
      if (auto reply = Ask(ports_[place], each); !reply.ok()) return reply.status();
    }
  }
  for (size_t place = 0; place < ports_.size(); ++place) {
    const auto settled = [&] {
      const auto info = Ask(ports_[place], {"CLUSTER", "INFO"});
      return info.ok() && InfoField(*info, "cluster_state") == "ok" &&
             InfoNumber(*info, "cluster_known_nodes") == count &&
             InfoNumber(*info, "cluster_slots_ok") == kSlots;
    };
    if (absl::Status status = Await(*servers_[place], settled); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string RedisShards::url() const {
  return absl::StrCat(clustered_ ? "redis+cluster://" : "redis://",
                      absl::StrJoin(ports_, ",", [](std::string* out, int port) {
                        absl::StrAppend(out, "127.0.0.1:", port);
                      }));
}

std::chrono::nanoseconds RedisShards::Cpu() const {
  std::chrono::nanoseconds sum{0};
  for (const auto& server : servers_) sum += CpuTime(server->pid());
  return sum;
}

absl::StatusOr<std::vector<int64_t>> RedisShards::Keys() const {
  std::vector<int64_t> keys;
  for (const int port : ports_) {
    auto reply = Ask(port, {"DBSIZE"});
    if (!reply.ok()) return reply.status();
    if (!absl::SimpleAtoi(*reply, &keys.emplace_back())) return absl::UnavailableError("no number of keys");
  }
  return keys;
}

absl::StatusOr<int64_t> RedisShards::Bytes() const {
  int64_t sum = 0;
  for (const int port : ports_) {
    auto info = Ask(port, {"INFO", "memory"});
    if (!info.ok()) return info.status();
    const std::optional<int64_t> bytes = InfoNumber(*info, "used_memory");
    if (!bytes) return absl::UnavailableError("no number of bytes");
    sum += *bytes;
  }
  return sum;
}

}  // namespace latchkey::load
