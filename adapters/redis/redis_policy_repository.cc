#include "adapters/redis/redis_policy_repository.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/redis/await_reply.h"
#include "engine/base/status_macros.h"
#include "engine/signal/msgpack.h"

namespace latchkey {
namespace {

// ARGV: time to live, last index.
constexpr char kRange[] = R"lua(
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('LRANGE', KEYS[1], 0, ARGV[2])
)lua";

// ARGV: time to live, last index, expected number, revision. Answers the newest number before; 0: none.
constexpr char kPush[] = R"lua(
local newest = redis.call('LINDEX', KEYS[1], 0)
local number = newest and cmsgpack.unpack(newest)[1] or 0
if number == tonumber(ARGV[3]) then
  redis.call('LPUSH', KEYS[1], ARGV[4])
  redis.call('LTRIM', KEYS[1], 0, ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return number
)lua";

std::string Pack(const PolicyRevision& revision) {
  MsgpackWriter out;
  const bool rolling = revision.rollout.stage != Stage::kFull;
  out.Array(rolling ? 7 : 5);
  out.Int(revision.number);
  out.Int(revision.applied_at.time_since_epoch().count());
  out.Bytes(revision.author);
  out.Bytes(revision.reason);
  out.Bytes(revision.text);
  if (rolling) out.Int(static_cast<int64_t>(revision.rollout.stage));
  if (rolling) out.Int(revision.rollout.share_millionths);
  return out.Take();
}

absl::StatusOr<PolicyRevision> Unpack(const std::string& bytes) {
  MsgpackReader in(bytes);
  const size_t fields = in.Array();
  PolicyRevision revision{.number = in.Int()};
  revision.applied_at = TimePoint(Duration(in.Int()));
  revision.author = std::string(in.Bytes());
  revision.reason = std::string(in.Bytes());
  revision.text = std::string(in.Bytes());
  if (fields == 7) {
    const int64_t stage = in.Int();
    if (stage != static_cast<int64_t>(Stage::kShadow) && stage != static_cast<int64_t>(Stage::kShare))
      return absl::DataLossError("Redis holds a policy revision of an unknown stage");
    revision.rollout = {.stage = static_cast<Stage>(stage), .share_millionths = in.Int()};
  }
  if (!in.ok() || (fields != 5 && fields != 7))
    return absl::DataLossError("Redis holds a policy revision that cannot be read");
  return revision;
}

}  // namespace

RedisPolicyRepository::RedisPolicyRepository(RedisClient& client, const std::string& environment,
                                             PolicyRevision seed)
    : client_(client),
      key_(absl::StrCat("lk:{", environment, ":p}")),
      seed_(std::move(seed)),
      range_(kRange),
      push_(kPush) {}

absl::StatusOr<Reply> RedisPolicyRepository::Run(const Script& script,
                                                 const std::vector<std::string>& args) const {
  return AwaitAnyReply(
      [&](RedisClient::Done done) { script.Run(client_, {key_}, args, kPatience, std::move(done)); });
}

absl::StatusOr<std::vector<PolicyRevision>> RedisPolicyRepository::Range(int count) const {
  LATCHKEY_ASSIGN_OR_RETURN(const Reply reply,
                            Run(range_, {absl::StrCat(kKeep.count()), absl::StrCat(count - 1)}));
  std::vector<PolicyRevision> revisions;
  for (const Reply& element : reply.elements) {
    LATCHKEY_ASSIGN_OR_RETURN(PolicyRevision revision, Unpack(element.text));
    revisions.push_back(std::move(revision));
  }
  if (!revisions.empty()) return revisions;
  LATCHKEY_RETURN_IF_ERROR(Push(0, seed_).status());
  return std::vector<PolicyRevision>{seed_};
}

absl::StatusOr<int64_t> RedisPolicyRepository::Push(int64_t expected, const PolicyRevision& revision) const {
  LATCHKEY_ASSIGN_OR_RETURN(const Reply reply,
                            Run(push_, {absl::StrCat(kKeep.count()), absl::StrCat(kKept - 1),
                                        absl::StrCat(expected), Pack(revision)}));
  return reply.integer;
}

absl::StatusOr<PolicyRevision> RedisPolicyRepository::Newest() const {
  LATCHKEY_ASSIGN_OR_RETURN(std::vector<PolicyRevision> newest, Range(1));
  return std::move(newest.front());
}

absl::StatusOr<std::vector<PolicyRevision>> RedisPolicyRepository::List() const { return Range(kKept); }

absl::StatusOr<PolicyRevision> RedisPolicyRepository::Add(int64_t expected, PolicyRevision revision) {
  revision.number = expected + 1;
  LATCHKEY_ASSIGN_OR_RETURN(const int64_t newest, Push(expected, revision));
  if (newest == expected) return revision;
  return absl::AbortedError(
      absl::StrCat("the newest revision is ", newest, ", not ", expected, "; look at it and apply again"));
}

}  // namespace latchkey
