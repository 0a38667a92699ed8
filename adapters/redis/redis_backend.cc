#include "adapters/redis/redis_backend.h"

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace latchkey {

absl::StatusOr<std::unique_ptr<RedisBackend>> RedisBackend::Open(const RedisSettings& settings,
                                                                 OnState on_state, const Clock* clock) {
  LATCHKEY_ASSIGN_OR_RETURN(const RedisUrl url, ParseRedisUrl(settings.url, settings.password_file));
  LATCHKEY_ASSIGN_OR_RETURN(KeyNames keys, KeyNames::For(settings.environment));
  if (settings.threads < 1 || settings.threads > 64) {
    return absl::InvalidArgumentError("Redis: threads must be 1 to 64");
  }
  std::shared_ptr<const TlsContext> tls;
  if (url.tls) {
    LATCHKEY_ASSIGN_OR_RETURN(tls, TlsContext::Load(settings.tls));
  }
  std::unique_ptr<RedisBackend> backend(new RedisBackend());
  backend->on_state_ = std::move(on_state);
  backend->display_ = url.Display();
  backend->down_ = settings.threads;
  for (int i = 0; i < settings.threads; ++i) {
    LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Start(absl::StrCat("redis-", i)));
    backend->loops_.push_back(std::move(loop));
  }
  std::vector<Connection*> connections;
  for (const std::unique_ptr<EventLoop>& loop : backend->loops_) {
    backend->connections_.push_back(std::make_unique<Connection>(
        *loop, url, settings.connection, tls,
        [raw = backend.get(), was_up = false](const ConnectionState& state) mutable {
          if (state.up != was_up) raw->down_ += state.up ? -1 : 1;
          was_up = state.up;
          if (raw->on_state_) raw->on_state_(raw->up(), state.why);
        }));
    connections.push_back(backend->connections_.back().get());
  }
  backend->store_ = std::make_unique<RedisSignalStore>(std::move(connections), std::move(keys), clock);
  return backend;
}

Connection::Counts RedisBackend::counts() const {
  Connection::Counts sum;
  for (const auto& each : connections_) {
    const Connection::Counts counts = each->counts();
    sum.commands += counts.commands;
    sum.writes += counts.writes;
    sum.connects += counts.connects;
    sum.timeouts += counts.timeouts;
  }
  return sum;
}

}  // namespace latchkey
