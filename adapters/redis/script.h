// A Lua script that the server keeps under its SHA-1.
#pragma once

#include <string>
#include <vector>

#include "adapters/redis/connection.h"

namespace latchkey {

// Immutable; thread-safe.
class Script {
 public:
  explicit Script(std::string source);

  // Forty lower-case hexadecimal digits: what EVALSHA and SCRIPT EXISTS know it by.
  [[nodiscard]] const std::string& sha1() const { return sha1_; }

  // EVALSHA; when the server does not have the script (new, flushed, failed over), once EVAL, which gives
  // it. An error reply comes back as the status of ErrorReplyStatus; else as Connection::Send says. Both
  // commands together keep to `timeout`. The connection outlives the answer; the script need not.
  void Run(Connection& connection, const std::vector<std::string>& keys, const std::vector<std::string>& args,
           Duration timeout, Connection::Done done) const;

 private:
  std::shared_ptr<const std::string> source_;
  std::string sha1_;
};

}  // namespace latchkey
