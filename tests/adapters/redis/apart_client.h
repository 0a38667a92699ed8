// One server that behaves as if every key were on another one: what a Cluster asks of its clients, without
// one. A command that names two keys is refused, as a Cluster does. Commands and replies may get lost.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/redis/redis_client.h"

namespace latchkey {

class ApartClient final : public RedisClient {
 public:
  enum class Fate { kArrives, kCommandIsLost, kReplyIsLost };

  explicit ApartClient(std::unique_ptr<RedisClient> server) : server_(std::move(server)) {}

  void Send(std::string_view key, CommandText command, Duration timeout, Done done) override {
    // A command is an array of strings, as a reply may be.
    ReplyReader reader;
    reader.Feed(command.bytes());
    const std::vector<Reply> words = reader.Next().value()->elements;
    const bool script = words[0].text == "EVALSHA" || words[0].text == "EVAL";
    if (script && (words.at(2).text != "1" || words.at(3).text != key)) {
      return done(Reply{.kind = Reply::Kind::kError,
                        .text = "CROSSSLOT Keys in request don't hash to the same slot"});
    }
    const Fate fate = fates_ ? fates_() : Fate::kArrives;
    if (fate == Fate::kCommandIsLost) return done(absl::DeadlineExceededError("no reply"));
    if (fate == Fate::kArrives) return server_->Send(key, std::move(command), timeout, std::move(done));
    server_->Send(key, std::move(command), timeout,
                  [done = std::move(done)](const absl::StatusOr<Reply>&) mutable {
                    done(absl::DeadlineExceededError("no reply"));
                  });
  }
  // What becomes of each command from now on; not while calls are open. Called on their threads.
  void SetFates(std::function<Fate()> fates) { fates_ = std::move(fates); }
  [[nodiscard]] std::vector<Shard> shards() const override { return server_->shards(); }
  [[nodiscard]] bool one_script_spans_keys() const override { return false; }
  [[nodiscard]] bool up() const override { return server_->up(); }
  [[nodiscard]] Connection::Counts counts() const override { return server_->counts(); }
  [[nodiscard]] const ConnectionOptions& options() const override { return server_->options(); }
  [[nodiscard]] const std::string& display() const override { return server_->display(); }

 private:
  const std::unique_ptr<RedisClient> server_;
  std::function<Fate()> fates_;
};

}  // namespace latchkey
