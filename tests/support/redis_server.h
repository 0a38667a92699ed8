// A real redis-server of the test's own: a child process on a free loopback port, with a folder of its own,
// that keeps nothing on disk and ends with the object (or with the test, if that dies).
//
// A machine without redis-server fails the test that asks for one: it never passes for want of it.
//
// url() is for the engine's user of deploy/redis/latchkey.acl, with no right beyond what is written there,
// and when the server ends its ACL LOG has to be empty: otherwise the test program is aborted, with what was
// refused on stderr. So whatever a test does with the engine proves what rights the engine needs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/scratch_folder.h"

namespace latchkey {

// A loopback port that was free a moment ago. Throws std::runtime_error when there is none.
[[nodiscard]] uint16_t FreePort();

// Starts redis-server with these arguments, its output in the file `log`. The child ends with the calling
// thread. Throws std::runtime_error.
[[nodiscard]] pid_t StartRedisProcess(std::vector<std::string> args, const std::string& log);

// Sends one command to 127.0.0.1:port (after AUTH, unless `password` is empty) and waits; the reply as text,
// elements joined by a space. Throws std::runtime_error on an error reply and when there is none.
std::string AskRedis(uint16_t port, const std::string& password, const std::vector<std::string>& args,
                     const std::string& user = "");

// Use it from the thread that made it: the child ends with that thread.
class RedisServer {
 public:
  struct Options {
    std::vector<std::string> arguments;  // More of redis-server's command line: {"--requirepass", "x"}.
    std::string password;                // For the commands this class sends itself.
    bool least_privilege = true;  // False: url() is for a user who may do everything. So with a password.
    std::string config_file;      // In place of "keep nothing on disk"; `arguments` overrule it.
    bool tls = false;             // Opens a TLS port too, with these files.
    std::string ca_file, cert_file, key_file;
    bool tls_clients = false;  // Only clients with a certificate of the same authority.
  };

  // Throws std::runtime_error with a clear message when none can be started; returns once it answers PING.
  RedisServer() : RedisServer(Options{}) {}
  explicit RedisServer(Options options);
  // For tests that send commands of their own, which the engine may not.
  [[nodiscard]] static Options Unlimited();
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] uint16_t tls_port() const { return tls_port_; }
  [[nodiscard]] std::string url() const;  // redis://[latchkey:…@]127.0.0.1:port
  // The same as another user of the ACL file: "latchkey-backtest", "latchkey-doctor", "operator".
  [[nodiscard]] std::string url(const std::string& user) const;
  [[nodiscard]] bool least_privilege() const { return options_.least_privilege; }
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  [[nodiscard]] std::string socket_path() const;  // A Unix socket of the same server.

  void Stop();     // SIGKILL, as if the machine had died; nothing when stopped.
  void Restart();  // On the same ports, empty.
  [[nodiscard]] bool running() const { return pid_ >= 0; }
  void Freeze();  // SIGSTOP: connections stay, nothing is answered.
  void Thaw();    // SIGCONT.

  // As AskRedis, as a user who may do everything.
  std::string Command(const std::vector<std::string>& args);
  void FlushAll() { Command({"FLUSHALL"}); }
  // The number of this name in that section of INFO. Throws std::runtime_error when it says none.
  int64_t Info(const std::string& section, const std::string& name);

 private:
  void Launch();
  void WriteAcl() const;
  void RequireEmptyAclLog();
  bool AwaitPing();

  Options options_;
  ScratchFolder folder_;
  uint16_t port_ = 0;
  uint16_t tls_port_ = 0;
  pid_t pid_ = -1;
  bool answers_ = false;  // It has started and is not frozen.
};

// The text of deploy/redis/latchkey.acl for tests: any environment, and every user's password is "test".
[[nodiscard]] std::string TestAcl();

}  // namespace latchkey
