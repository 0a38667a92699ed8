// A Lua script that the server keeps under its SHA-1.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

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
  template <typename Done>
  void Run(RedisClient& client, const Words& keys, const Words& args, Duration timeout, Done done) const {
    Call call = CallOf(client, keys, args, timeout);
    CommandText command = call.command;
    const std::string_view key = call.key;
    client.Send(key, std::move(command), timeout,
                [call = std::move(call), done = std::move(done)](absl::StatusOr<Reply>&& reply) mutable {
                  if (!reply.ok() || !reply->IsError()) return done(std::move(reply));
                  if (reply->IsError("NOSCRIPT")) return call.SendWhole(std::move(done));
                  done(absl::StatusOr<Reply>(ErrorReplyStatus(*reply)));
                });
  }

 private:
  // A call under way.
  struct Call {
    RedisClient* client;
    std::shared_ptr<const std::string> source;
    size_t words;          // of its command,
    CommandText command;   // which stays for as long as it may have to be sent again,
    std::string_view key;  // and these are parts of it
    std::string_view rest;
    SteadyTime deadline;

    void SendWhole(RedisClient::Done done) const;
  };
  [[nodiscard]] Call CallOf(RedisClient& client, const Words& keys, const Words& args,
                            Duration timeout) const;

  std::shared_ptr<const std::string> source_;
  std::string sha1_;
  std::string evalsha_;  // the first two words of the command
};

}  // namespace latchkey
