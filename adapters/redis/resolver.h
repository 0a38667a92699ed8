// Host name → addresses, without blocking the loop: the system's resolver runs on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/redis/event_loop.h"
#include "adapters/redis/transport.h"

namespace latchkey {

// One question at a time. Belongs to the loop's thread.
class Resolver {
 public:
  using Done = std::function<void(absl::StatusOr<std::vector<SocketAddress>>)>;

  explicit Resolver(EventLoop& loop) : loop_(loop) {}
  ~Resolver() { Cancel(); }
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Calls `done` on the loop, never within this call. An address needs no thread.
  void Resolve(const std::string& host, uint16_t port, Done done);
  // `done` will not be called. A thread still asking is left to end by itself and touches nothing of ours.
  void Cancel();

 private:
  struct Question;
  EventLoop& loop_;
  std::shared_ptr<Question> asked_;
};

}  // namespace latchkey
