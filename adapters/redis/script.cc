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

void Finish(RedisClient::Done& done, absl::StatusOr<Reply>&& reply) {
  if (reply.ok() && reply->IsError()) return done(ErrorReplyStatus(*reply));
  done(std::move(reply));
}

}  // namespace

Script::Script(std::string source)
    : source_(std::make_shared<const std::string>(std::move(source))), sha1_(Sha1Hex(*source_)) {}

void Script::Run(RedisClient& client, const std::vector<std::string>& keys,
                 const std::vector<std::string>& args, Duration timeout, RedisClient::Done done) const {
  LATCHKEY_CHECK(!keys.empty());
  auto command = std::make_shared<std::vector<std::string>>();
  command->reserve(3 + keys.size() + args.size());
  command->insert(command->end(), {"EVALSHA", sha1_, absl::StrCat(keys.size())});
  command->insert(command->end(), keys.begin(), keys.end());
  command->insert(command->end(), args.begin(), args.end());
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
  client.Send(keys[0], *command, timeout,
              [&client, key = keys[0], command, source = source_, deadline,
               done = std::move(done)](absl::StatusOr<Reply>&& reply) mutable {
                if (!reply.ok() || !reply->IsError("NOSCRIPT")) return Finish(done, std::move(reply));
                command->at(0) = "EVAL";
                command->at(1) = *source;
                const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
                client.Send(key, *command, std::max(left, Duration(1)),
                            [done = std::move(done)](absl::StatusOr<Reply>&& again) mutable {
                              Finish(done, std::move(again));
                            });
              });
}

}  // namespace latchkey
