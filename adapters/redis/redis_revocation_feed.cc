#include "adapters/redis/redis_revocation_feed.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

constexpr Duration kPatience = std::chrono::seconds(2);

// The layout of RevocationLog's payloads: the kind, what is revoked, until when.
constexpr int64_t kAllOfAccount = 1;  // [1, high, low, epoch, keep_until]
constexpr int64_t kOneDevice = 2;     // [2, device, keep_until]

std::string Encode(const Revocation& revocation) {
  MsgpackWriter out;
  const int64_t until = revocation.keep_until.time_since_epoch().count();
  if (revocation.account) {
    out.Array(5);
    out.Int(kAllOfAccount);
    out.Int(static_cast<int64_t>(revocation.account->high));
    out.Int(static_cast<int64_t>(revocation.account->low));
    out.Int(revocation.epoch);
    out.Int(until);
  } else {
    out.Array(3);
    out.Int(kOneDevice);
    out.Int(static_cast<int64_t>(revocation.device));
    out.Int(until);
  }
  return out.Take();
}

absl::StatusOr<Revocation> Decode(const std::string& bytes) {
  MsgpackReader in(bytes);
  const size_t fields = in.Array();
  const int64_t kind = in.Int();
  Revocation revocation;
  if (kind == kAllOfAccount && fields == 5) {
    Key account;
    account.high = static_cast<uint64_t>(in.Int());
    account.low = static_cast<uint64_t>(in.Int());
    revocation.account = account;
    revocation.epoch = in.Int();
  } else if (kind == kOneDevice && fields == 3) {
    revocation.device = static_cast<uint64_t>(in.Int());
  } else {
    return absl::DataLossError("Redis holds a revocation that cannot be read");
  }
  revocation.keep_until = TimePoint(Duration(in.Int()));
  if (!in.ok()) return absl::DataLossError("Redis holds a revocation that cannot be read");
  return revocation;
}

std::vector<std::string> AddCommand(const std::string& key, const Revocation& revocation) {
  return {"XADD", key, "*", "r", Encode(revocation)};
}

}  // namespace

RedisRevocationFeed::RedisRevocationFeed(RedisClient& client, const std::string& environment, KeyNames keys,
                                         RevocationFeedOptions options)
    : client_(client),
      key_(absl::StrCat("lk:{", environment, ":x}")),
      keys_(std::move(keys)),
      options_(options) {}

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
      const std::string record = keys_.Account(account);
      client_.Send(record, {"PEXPIRE", record, absl::StrCat(kKeep.count())}, kPatience,
                   [this, record, done](const absl::StatusOr<Reply>& touched) {
                     if (!touched.ok()) return done(touched.status());
                     AwaitReplicas(record, done);
                   });
    });
  };
  client_.Send(key_, AddCommand(key_, revocation), kPatience, std::move(published));
}

absl::StatusOr<Reply> RedisRevocationFeed::Ask(const std::vector<std::string>& args) {
  auto answer = std::make_shared<std::promise<absl::StatusOr<Reply>>>();
  client_.Send(key_, args, kPatience,
               [answer](absl::StatusOr<Reply> reply) { answer->set_value(std::move(reply)); });
  absl::StatusOr<Reply> reply = answer->get_future().get();
  if (reply.ok() && reply->IsError()) return ErrorReplyStatus(*reply);
  return reply;
}

absl::StatusOr<std::vector<Revocation>> RedisRevocationFeed::ReadNew() {
  LATCHKEY_ASSIGN_OR_RETURN(const Reply entries, Ask({"XRANGE", key_, absl::StrCat("(", last_id_), "+",
                                                      "COUNT", absl::StrCat(kReadMax)}));
  std::vector<Revocation> revocations;
  for (const Reply& entry : entries.elements) {
    if (entry.elements.size() != 2 || entry.elements[1].elements.size() < 2)
      return absl::DataLossError(absl::StrCat(key_, ": not a stream of revocations"));
    last_id_ = entry.elements[0].text;
    // One that cannot be read was written by a later release: passed over.
    if (absl::StatusOr<Revocation> revocation = Decode(entry.elements[1].elements[1].text); revocation.ok())
      revocations.push_back(*std::move(revocation));
  }
  return revocations;
}

absl::Status RedisRevocationFeed::Append(const std::vector<Revocation>& revocations, TimePoint now) {
  for (const Revocation& revocation : revocations)
    LATCHKEY_RETURN_IF_ERROR(Ask(AddCommand(key_, revocation)).status());
  const TimePoint oldest = now - kKeep;
  LATCHKEY_RETURN_IF_ERROR(
      Ask({"XTRIM", key_, "MINID", "~", absl::StrCat(oldest.time_since_epoch().count())}).status());
  return Ask({"PEXPIRE", key_, absl::StrCat(kKeep.count())}).status();
}

}  // namespace latchkey
