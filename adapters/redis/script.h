// A Lua script that the server keeps under its SHA-1.
#pragma once

#include <string>
#include <vector>

#include "adapters/redis/redis_client.h"

namespace latchkey {

// Immutable; thread-safe.
class Script {
 public:
  explicit Script(std::string source);

  // Forty lower-case hexadecimal digits: what EVALSHA and SCRIPT EXISTS know it by.
  [[nodiscard]] const std::string& sha1() const { return sha1_; }

  // EVALSHA on the server of the first key; when it does not have the script (new, flushed, failed over),
  // once EVAL, which gives it. An error reply comes back as the status of ErrorReplyStatus; else as
  // RedisClient::Send says. Both commands together keep to `timeout`. The client outlives the answer; the
  // script need not. Requires: at least one key.
  void Run(RedisClient& client, const Words& keys, const Words& args, Duration timeout,
           RedisClient::Done done) const;

 private:
  std::shared_ptr<const std::string> source_;
  std::string sha1_;
  std::string evalsha_;  // the first two words of the command
};

}  // namespace latchkey
