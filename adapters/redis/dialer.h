// Makes one transport to a server: resolves its name, tries its addresses in turn, shakes hands.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "adapters/redis/event_loop.h"
#include "adapters/redis/redis_url.h"
#include "adapters/redis/resolver.h"
#include "adapters/redis/tls.h"
#include "adapters/redis/transport.h"
#include "engine/base/clock.h"

namespace latchkey {

// Belongs to the loop's thread.
class Dialer {
 public:
  using Done = std::function<void(absl::StatusOr<std::unique_ptr<Transport>>)>;

  // `tls` may be null unless url.tls.
  Dialer(EventLoop& loop, RedisUrl url, std::shared_ptr<const TlsContext> tls);
  ~Dialer() { Cancel(); }
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // Calls `done` once on the loop, at the latest after `timeout`, never within this call. The error is the
  // one of the last address tried and names it.
  void Dial(Duration timeout, Done done);
  // `done` will not be called.
  void Cancel();

 private:
  void Try(std::vector<SocketAddress> addresses);
  void TryNext();
  void GoOn();
  void Fail(const absl::Status& why);
  void Finish(absl::StatusOr<std::unique_ptr<Transport>> result);
  void DropSocket();

  EventLoop& loop_;
  const RedisUrl url_;
  const std::shared_ptr<const TlsContext> tls_;
  Resolver resolver_;

  Done done_;
  EventLoop::Timer start_;
  EventLoop::Timer timeout_;
  std::vector<SocketAddress> addresses_;
  size_t next_address_ = 0;
  std::unique_ptr<Transport> transport_;
  bool watched_ = false;
  absl::Status last_error_;
};

}  // namespace latchkey
