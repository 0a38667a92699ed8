#include "adapters/redis/redis_backend.h"

#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::unique_ptr<RedisBackend>> RedisBackend::Open(const RedisSettings& settings,
                                                                 RedisClient::OnState on_state,
                                                                 const Clock* clock, RecordMemory* memory) {
  LATCHKEY_ASSIGN_OR_RETURN(KeyNames keys, KeyNames::For(settings.environment));
  std::unique_ptr<RedisBackend> backend(new RedisBackend());
  LATCHKEY_ASSIGN_OR_RETURN(backend->client_, OpenRedisClient(settings, std::move(on_state)));
  backend->store_ = std::make_unique<RedisSignalStore>(*backend->client_, std::move(keys), clock, memory);
  return backend;
}

}  // namespace latchkey
