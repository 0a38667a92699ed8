#include "absl/strings/str_cat.h"
#include "adapters/redis/redis_client.h"
#include "adapters/redis/redis_url.h"
#include "adapters/redis/single_redis_client.h"
#include "engine/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::unique_ptr<RedisClient>> OpenRedisClient(const RedisSettings& settings,
                                                             RedisClient::OnState on_state) {
  LATCHKEY_ASSIGN_OR_RETURN(const RedisUrl url, ParseRedisUrl(settings.url, settings.password_file));
  if (settings.threads < 1 || settings.threads > 64) {
    return absl::InvalidArgumentError("Redis: threads must be 1 to 64");
  }
  std::shared_ptr<const TlsContext> tls;
  if (url.tls) {
    LATCHKEY_ASSIGN_OR_RETURN(tls, TlsContext::Load(settings.tls));
  }
  std::vector<std::unique_ptr<EventLoop>> loops;
  for (int i = 0; i < settings.threads; ++i) {
    LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Start(absl::StrCat("redis-", i)));
    loops.push_back(std::move(loop));
  }
  return std::make_unique<SingleRedisClient>(std::move(loops), url, settings.connection, tls,
                                             std::move(on_state));
}

}  // namespace latchkey
