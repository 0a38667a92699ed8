#include "adapters/redis/script.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/check.h"

namespace latchkey {
namespace {

std::string Sha1Hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  LATCHKEY_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) == 1);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

Script::Script(std::string source)
    : source_(std::make_shared<const std::string>(std::move(source))),
      sha1_(Sha1Hex(*source_)),
      evalsha_(FormatWords({"EVALSHA", sha1_})) {}

Script::Call Script::CallOf(RedisClient& client, const Words& keys, const Words& args,
                            Duration timeout) const {
  LATCHKEY_CHECK(keys.size() > 0);
  const std::string count = std::to_string(keys.size());
  const size_t words = 3 + keys.size() + args.size();
  CommandText command(words, evalsha_, {count}, keys, args);
  // What stands before the first key is "*words", the script and the number of keys.
  const std::string_view rest = command.bytes().substr(command.bytes().find(evalsha_) + evalsha_.size());
  const std::string_view first = *keys.begin();
  const std::string_view key = rest.substr(rest.find(first), first.size());
  return {.client = &client,
          .source = source_,
          .words = words,
          .command = std::move(command),
          .key = key,
          .rest = rest,
          .deadline = std::chrono::steady_clock::now() + timeout};
}

void Script::Call::SendWhole(RedisClient::Done done) const {
  const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
  client->Send(key, CommandText(words, FormatWords({"EVAL", *source}), rest), std::max(left, Duration(1)),
               [done = std::move(done)](absl::StatusOr<Reply>&& reply) mutable {
                 if (reply.ok() && reply->IsError()) return done(ErrorReplyStatus(*reply));
                 done(std::move(reply));
               });
}

}  // namespace latchkey
