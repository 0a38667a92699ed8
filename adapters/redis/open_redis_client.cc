#include "absl/strings/str_cat.h"
#include "adapters/redis/cluster_topology.h"
#include "adapters/redis/keys.h"
#include "adapters/redis/redis_backend.h"
#include "adapters/redis/redis_client.h"
#include "adapters/redis/redis_url.h"
#include "adapters/redis/routed_redis_client.h"
#include "adapters/redis/sentinel_topology.h"
#include "adapters/redis/single_redis_client.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

absl::StatusOr<SentinelAccess> AccessOf(const SentinelSettings& settings, const RedisUrl& url,
                                        const NodeAccess& servers) {
  SentinelAccess access{.seeds = url.seeds, .master = url.master, .access = {}};
  access.access.options = servers.options;
  access.access.tls = servers.tls;
  access.access.url.tls = settings.tls.value_or(url.tls);
  access.access.url.user = settings.user;
  if (!settings.password_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(access.access.url.password, ReadPasswordFile(settings.password_file));
  } else if (!settings.user.empty()) {
    return absl::InvalidArgumentError("Redis: the Sentinels' user needs a password file");
  }
  return access;
}

// What the settings say, with the files read that they name.
struct Access {
  RedisUrl url;
  NodeAccess servers;
  SentinelAccess sentinels;  // of Sentinels alone
};

absl::StatusOr<Access> ReadAccess(const RedisSettings& settings) {
  Access access;
  LATCHKEY_ASSIGN_OR_RETURN(access.url, ParseRedisUrl(settings.url, settings.password_file));
  LATCHKEY_RETURN_IF_ERROR(KeyNames::For(settings.environment).status());
  if (settings.threads < 1 || settings.threads > 64) {
    return absl::InvalidArgumentError("Redis: threads must be 1 to 64");
  }
  access.servers = {.url = access.url, .options = settings.connection, .tls = nullptr};
  const bool sentinel = access.url.kind == RedisUrl::Kind::kSentinel;
  if (access.url.tls || (sentinel && settings.sentinel.tls.value_or(false))) {
    LATCHKEY_ASSIGN_OR_RETURN(access.servers.tls, TlsContext::Load(settings.tls));
  }
  if (sentinel) {
    LATCHKEY_ASSIGN_OR_RETURN(access.sentinels, AccessOf(settings.sentinel, access.url, access.servers));
  }
  return access;
}

}  // namespace

absl::Status CheckRedisSettings(const RedisSettings& settings) { return ReadAccess(settings).status(); }

absl::StatusOr<std::unique_ptr<RedisClient>> OpenRedisClient(const RedisSettings& settings,
                                                             RedisClient::OnState on_state) {
  LATCHKEY_ASSIGN_OR_RETURN(const Access access, ReadAccess(settings));
  const bool sentinel = access.url.kind == RedisUrl::Kind::kSentinel;
  std::vector<std::unique_ptr<EventLoop>> loops;
  for (int i = 0; i < settings.threads; ++i) {
    LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Start(absl::StrCat("redis-", i)));
    loops.push_back(std::move(loop));
  }
  if (access.url.kind == RedisUrl::Kind::kServer) {
    return std::make_unique<SingleRedisClient>(std::move(loops), settings.environment, access.servers,
                                               std::move(on_state));
  }
  RoutedRedisClient::MakeTopology make = [&](EventLoop& loop) -> std::unique_ptr<Topology> {
    if (sentinel) return std::make_unique<SentinelTopology>(loop, access.sentinels, settings.environment);
    return std::make_unique<ClusterTopology>(access.url.seeds, settings.environment);
  };
  return std::make_unique<RoutedRedisClient>(
      std::move(loops),
      RoutedRedisClient::Settings{
          .access = access.servers, .one_script_spans_keys = sentinel, .display = access.url.Display()},
      std::move(make), std::move(on_state));
}

}  // namespace latchkey
