#include "tests/support/redis_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include "adapters/redis/info.h"

namespace latchkey {
namespace {

using std::chrono::steady_clock;

std::string FindBinary() {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "/usr/bin:/usr/local/bin" : path;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    const std::string candidate = rest.substr(0, colon) + "/redis-server";
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  throw std::runtime_error(
      "redis-server is not installed, and this test needs a real one: apt-get install redis-server");
}

std::string Text(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
  if (reply.type == REDIS_REPLY_NIL) return "";
  if (reply.type != REDIS_REPLY_ARRAY) return {reply.str, static_cast<size_t>(reply.len)};
  std::string joined;
  for (size_t i = 0; i < reply.elements; ++i) joined += (i == 0 ? "" : " ") + Text(*reply.element[i]);
  return joined;
}

// What printf %s test | sha256sum says, in place of what the shipped file has.
constexpr char kNobodys[] = "#0000000000000000000000000000000000000000000000000000000000000000";
constexpr char kTest[] = "#9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

void ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const bool bound = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  if (fd >= 0) close(fd);
  if (!bound) throw std::runtime_error("no free loopback port for redis-server");
  return ntohs(address.sin_port);
}

pid_t StartRedisProcess(std::vector<std::string> args, const std::string& log) {
  args.insert(args.begin(), FindBinary());
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);

  // Between fork and exec only what is safe there: other threads may hold any lock.
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("cannot fork redis-server");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(126);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

std::string AskRedis(uint16_t port, const std::string& password, const std::vector<std::string>& args,
                     const std::string& user) {
  const timeval patience{5, 0};
  const std::unique_ptr<redisContext, void (*)(redisContext*)> context(
      redisConnectWithTimeout("127.0.0.1", port, patience), redisFree);
  if (context == nullptr || context->err != 0) throw std::runtime_error("no connection to redis-server");
  redisSetTimeout(context.get(), patience);
  const auto ask = [&](const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<size_t> lengths;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      lengths.push_back(word.size());
    }
    const std::unique_ptr<redisReply, void (*)(void*)> reply(
        static_cast<redisReply*>(
            redisCommandArgv(context.get(), static_cast<int>(words.size()), texts.data(), lengths.data())),
        freeReplyObject);
    if (reply == nullptr) throw std::runtime_error("redis-server has not answered");
    if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(Text(*reply));
    return Text(*reply);
  };
  if (!user.empty()) ask({"AUTH", user, password});
  if (user.empty() && !password.empty()) ask({"AUTH", password});
  return ask(args);
}

std::string TestAcl() {
  std::ifstream file(LATCHKEY_SOURCE_DIR "/deploy/redis/latchkey.acl");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw std::runtime_error("deploy/redis/latchkey.acl cannot be read");
  ReplaceAll(text, kNobodys, kTest);
  ReplaceAll(text, "lk:{dev:", "lk:{*:");
  return text;
}

RedisServer::Options RedisServer::Unlimited() {
  Options options;
  options.least_privilege = false;
  return options;
}

RedisServer::RedisServer(Options options) : options_(std::move(options)) {
  if (!options_.password.empty()) options_.least_privilege = false;
  if (options_.least_privilege) WriteAcl();
  for (int tries = 0; tries < 5; ++tries) {
    port_ = FreePort();
    if (options_.tls) tls_port_ = FreePort();
    Launch();
    if (AwaitPing()) return;
    Stop();
  }
  throw std::runtime_error("redis-server does not start:\n" + ScratchFolder::Read(folder_.File("log")));
}

RedisServer::~RedisServer() { Stop(); }

std::string RedisServer::url() const {
  return options_.least_privilege ? url("latchkey") : "redis://127.0.0.1:" + std::to_string(port_);
}

std::string RedisServer::url(const std::string& user) const {
  return "redis://" + user + ":test@127.0.0.1:" + std::to_string(port_);
}

std::string RedisServer::socket_path() const { return folder_.File("socket"); }

int64_t RedisServer::Info(const std::string& section, const std::string& name) {
  const std::string info = Command({"INFO", section});
  if (const std::optional<int64_t> number = InfoNumber(info, name)) return *number;
  throw std::runtime_error("INFO " + section + " has no number " + name + ":\n" + info);
}

void RedisServer::WriteAcl() const {
  std::ofstream file(folder_.File("acl"));
  file << TestAcl();
  if (!file.flush()) throw std::runtime_error("no ACL file for redis-server");
}

void RedisServer::Launch() {
  std::vector<std::string> args;
  if (!options_.config_file.empty()) args.push_back(options_.config_file);
  args.insert(args.end(), {"--port", std::to_string(port_), "--bind", "127.0.0.1"});
  args.insert(args.end(), {"--dir", folder_.path(), "--daemonize", "no"});
  if (options_.config_file.empty()) args.insert(args.end(), {"--save", "", "--appendonly", "no"});
  if (options_.least_privilege) args.insert(args.end(), {"--aclfile", folder_.File("acl")});
  args.insert(args.end(), {"--unixsocket", socket_path(), "--unixsocketperm", "700"});
  if (options_.tls) {
    args.insert(args.end(), {"--tls-port", std::to_string(tls_port_), "--tls-auth-clients",
                             options_.tls_clients ? "yes" : "no"});
    args.insert(args.end(), {"--tls-ca-cert-file", options_.ca_file, "--tls-cert-file", options_.cert_file});
    args.insert(args.end(), {"--tls-key-file", options_.key_file});
  }
  args.insert(args.end(), options_.arguments.begin(), options_.arguments.end());
  pid_ = StartRedisProcess(std::move(args), folder_.File("log"));
}

bool RedisServer::AwaitPing() {
  const auto give_up = steady_clock::now() + std::chrono::seconds(10);
  while (steady_clock::now() < give_up) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;  // It gave up: the port was taken meanwhile.
      return false;
    }
    try {
      // A stranger's server on this port would answer too, but with another process id.
      answers_ = Info("server", "process_id") == pid_;
      return answers_;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  return false;
}

// A server that is frozen or has died by itself cannot be asked any more.
void RedisServer::RequireEmptyAclLog() {
  if (!options_.least_privilege || !std::exchange(answers_, false)) return;
  std::string log;
  try {
    log = Command({"ACL", "LOG"});
  } catch (const std::runtime_error&) {
    return;
  }
  if (log.empty()) return;
  std::fprintf(stderr, "redis-server refused what deploy/redis/latchkey.acl does not allow:\n%s\n",
               log.c_str());
  std::abort();
}

void RedisServer::Stop() {
  if (pid_ < 0) return;
  RequireEmptyAclLog();
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::Restart() {
  for (int tries = 0; tries < 50; ++tries) {
    Stop();
    Launch();
    if (AwaitPing()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("redis-server does not come back on port " + std::to_string(port_));
}

void RedisServer::Freeze() {
  answers_ = false;
  kill(pid_, SIGSTOP);
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);  // Returns when it has really stopped.
}

void RedisServer::Thaw() {
  kill(pid_, SIGCONT);
  answers_ = true;
}

std::string RedisServer::Command(const std::vector<std::string>& args) {
  if (options_.least_privilege) return AskRedis(port_, "test", args, "operator");
  return AskRedis(port_, options_.password, args);
}

}  // namespace latchkey
