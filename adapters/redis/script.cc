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

constexpr size_t kCountBytes = 16;  // of the formatted number of keys

void Finish(RedisClient::Done& done, absl::StatusOr<Reply>&& reply) {
  if (reply.ok() && reply->IsError()) return done(ErrorReplyStatus(*reply));
  done(std::move(reply));
}

}  // namespace

Script::Script(std::string source)
    : source_(std::make_shared<const std::string>(std::move(source))),
      sha1_(Sha1Hex(*source_)),
      evalsha_(FormatWords({"EVALSHA", sha1_})) {}

void Script::Run(RedisClient& client, const Words& keys, const Words& args, Duration timeout,
                 RedisClient::Done done) const {
  LATCHKEY_CHECK(keys.size() > 0);
  const std::string_view key = *keys.begin();
  const size_t words = 3 + keys.size() + args.size();
  std::string rest;
  rest.reserve(FormattedSize(keys) + FormattedSize(args) + kCountBytes);
  AppendWords({absl::StrCat(keys.size())}, rest);
  AppendWords(keys, rest);
  AppendWords(args, rest);
  CommandText command(words, evalsha_, rest);
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
  client.Send(key, std::move(command), timeout,
              [&client, key = std::string(key), words, rest = std::move(rest), source = source_, deadline,
               done = std::move(done)](absl::StatusOr<Reply>&& reply) mutable {
                if (!reply.ok() || !reply->IsError("NOSCRIPT")) return Finish(done, std::move(reply));
                const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
                client.Send(key, CommandText(words, FormatWords({"EVAL", *source}), rest),
                            std::max(left, Duration(1)),
                            [done = std::move(done)](absl::StatusOr<Reply>&& again) mutable {
                              Finish(done, std::move(again));
                            });
              });
}

}  // namespace latchkey
