#include "adapters/redis/redis_revocation_feed.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/await_reply.h"
#include "adapters/redis/scripts.h"
#include "engine/base/status_macros.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr Duration kPatience = std::chrono::seconds(2);

constexpr int kPage = 256;

// An entry is an array of integers: the kind, a random number that makes it one of a kind, what is revoked,
// until when it is needed.
constexpr int64_t kAllOfAccount = 1;  // [1, random, high, low, epoch, keep_until]
constexpr int64_t kOneDevice = 2;     // [2, random, device, keep_until]

std::string Encode(const Revocation& revocation, uint64_t random) {
  MsgpackWriter out;
  const int64_t until = revocation.keep_until.time_since_epoch().count();
  out.Array(revocation.account ? 6 : 4);
  out.Int(revocation.account ? kAllOfAccount : kOneDevice);
  out.Int(static_cast<int64_t>(random >> 16U));
  if (revocation.account) {
    out.Int(static_cast<int64_t>(revocation.account->high));
    out.Int(static_cast<int64_t>(revocation.account->low));
    out.Int(revocation.epoch);
  } else {
    out.Int(static_cast<int64_t>(revocation.device));
  }
  out.Int(until);
  return out.Take();
}

std::optional<Revocation> Decode(const std::string& bytes) {
  MsgpackReader in(bytes);
  const size_t fields = in.Array();
  const int64_t kind = in.Int();
  (void)in.Int();
  Revocation revocation;
  if (kind == kAllOfAccount && fields == 6) {
    Key account;
    account.high = static_cast<uint64_t>(in.Int());
    account.low = static_cast<uint64_t>(in.Int());
    revocation.account = account;
    revocation.epoch = in.Int();
  } else if (kind == kOneDevice && fields == 4) {
    revocation.device = static_cast<uint64_t>(in.Int());
  } else {
    return std::nullopt;
  }
  revocation.keep_until = TimePoint(Duration(in.Int()));
  return in.ok() ? std::optional(revocation) : std::nullopt;
}

}  // namespace

RedisRevocationFeed::RedisRevocationFeed(RedisClient& client, const std::string& environment, KeyNames keys,
                                         RandomSource& random, RevocationFeedOptions options)
    : client_(client),
      key_(absl::StrCat("lk:{", environment, ":x}")),
      keys_(std::move(keys)),
      options_(options),
      random_(random) {}

void RedisRevocationFeed::AwaitReplicas(const std::string& key, std::function<void(absl::Status)> done) {
  client_.Send(key, {"WAIT", absl::StrCat(options_.replicas), absl::StrCat(options_.replica_timeout.count())},
               options_.replica_timeout + kPatience,
               [wanted = options_.replicas, done = std::move(done)](const absl::StatusOr<Reply>& reply) {
                 if (!reply.ok()) return done(reply.status());
                 if (reply->IsError()) return done(ErrorReplyStatus(*reply));
                 if (reply->integer >= wanted) return done(absl::OkStatus());
                 done(absl::UnavailableError(absl::StrCat(
                     "revoked, but only ", reply->integer, " of ", wanted,
                     " replicas have acknowledged it: nodes that have heard of it refuse the tokens "
                     "whatever happens to the store; ask again to be told when the replicas have it")));
               });
}

void RedisRevocationFeed::Publish(const Revocation& revocation, const Key& account,
                                  std::function<void(absl::Status)> done) {
  auto published = [this, account, done = std::move(done)](const absl::StatusOr<Reply>& reply) {
    absl::Status status = reply.ok() && reply->IsError() ? ErrorReplyStatus(*reply) : reply.status();
    if (!status.ok()) failed_ = true;
    if (!status.ok() || options_.replicas == 0) return done(std::move(status));
    AwaitReplicas(key_, [this, account, done](absl::Status waited) {
      if (!waited.ok()) return done(std::move(waited));
      // The account's record may lie on another shard. Writing its time to live there gives WAIT something of
      // this connection's to wait for, behind the record itself.
      const std::string record(keys_.Account(account));
      client_.Send(record, {"PEXPIRE", record, absl::StrCat(kKeep.count())}, kPatience,
                   [this, record, done](const absl::StatusOr<Reply>& touched) {
                     if (!touched.ok()) return done(touched.status());
                     AwaitReplicas(record, done);
                   });
    });
  };
  StoreScripts().revoke.Run(client_, {key_}, Packed({revocation}), kPatience, std::move(published));
}

std::vector<std::string> RedisRevocationFeed::Packed(const std::vector<Revocation>& revocations) {
  std::vector<std::string> args = {absl::StrCat(kKeep.count())};
  for (const Revocation& revocation : revocations) args.push_back(Encode(revocation, random_.Next()));
  return args;
}

absl::StatusOr<std::vector<Revocation>> RedisRevocationFeed::ReadNew() {
  std::vector<Revocation> revocations;
  std::string newest;
  for (int begin = 0;; begin += kPage) {
    // What is added meanwhile moves the rest towards the end: some is read twice, nothing is passed over.
    const int page = newest_.empty() || begin > 0 ? kPage : 1;
    const int end = begin + page - 1;
    LATCHKEY_ASSIGN_OR_RETURN(const Reply entries, AwaitReply([&](auto done) {
                                client_.Send(key_, {"LRANGE", key_, absl::StrCat(begin), absl::StrCat(end)},
                                             kPatience, std::move(done));
                              }));
    bool known = entries.elements.size() < static_cast<size_t>(page);
    for (const Reply& entry : entries.elements) {
      if (newest.empty()) newest = entry.text;
      known = known || entry.text == newest_;
      if (entry.text == newest_) break;
      // One that cannot be read was written by a later release: passed over.
      if (std::optional<Revocation> revocation = Decode(entry.text)) revocations.push_back(*revocation);
    }
    if (known) break;
    if (page < kPage) begin -= kPage - page;
  }
  if (!newest.empty()) newest_ = std::move(newest);
  return revocations;
}

absl::Status RedisRevocationFeed::Append(const std::vector<Revocation>& revocations) {
  for (size_t i = 0; i < revocations.size(); i += kPage) {
    const std::vector<Revocation> some(
        revocations.begin() + static_cast<std::ptrdiff_t>(i),
        revocations.begin() + static_cast<std::ptrdiff_t>(std::min(i + kPage, revocations.size())));
    LATCHKEY_RETURN_IF_ERROR(AwaitReply([&](auto done) {
                               StoreScripts().revoke.Run(client_, {key_}, Packed(some), kPatience,
                                                         std::move(done));
                             }).status());
  }
  return absl::OkStatus();
}

}  // namespace latchkey
