// What every handler of a unary call does first and last: who calls, is there time left, answer.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "adapters/grpc/caller_auth.h"
#include "adapters/grpc/leave_together.h"
#include "adapters/grpc/status_mapping.h"

namespace latchkey {

// The longest that any call is worked on, whatever deadline its caller has set.
inline constexpr Duration kCallTimeMax = std::chrono::seconds(10);

// Runs `handle(caller)`, which answers an absl::Status at once.
template <typename Handle>
grpc::ServerUnaryReactor* AnswerNow(grpc::CallbackServerContext* context, const CallerAuth& auth,
                                    Method method, Handle handle) {
  auto* reactor = context->DefaultReactor();
  const auto caller = auth.Authorize(*context, method);
  if (!caller.ok()) {
    reactor->Finish(ToGrpc(caller.status()));
  } else if (TimeLeft(*context, kCallTimeMax) <= Duration::zero()) {
    reactor->Finish({grpc::StatusCode::DEADLINE_EXCEEDED, "the deadline had passed before the call began"});
  } else {
    reactor->Finish(ToGrpc(handle(**caller)));
  }
  return reactor;
}

// Finishes a call, once, whenever the engine answers; from any thread, at the end of its turn.
class Finisher {
 public:
  explicit Finisher(grpc::ServerUnaryReactor* reactor) : reactor_(reactor) {}
  void operator()(const absl::Status& status) const {
    if (!status.ok()) return reactor_->Finish(ToGrpc(status));
    LeaveTogether::AtEnd([reactor = reactor_] { reactor->Finish(grpc::Status::OK); });
  }
  [[nodiscard]] grpc::ServerUnaryReactor* reactor() const { return reactor_; }

 private:
  grpc::ServerUnaryReactor* reactor_;
};

// Runs `handle(caller, time_left, finish)`, which sees to it that `finish(status)` is called exactly once,
// now or later. The request and the response live until then.
template <typename Handle>
grpc::ServerUnaryReactor* AnswerLater(grpc::CallbackServerContext* context, const CallerAuth& auth,
                                      Method method, Handle handle) {
  auto* reactor = context->DefaultReactor();
  const auto caller = auth.Authorize(*context, method);
  const Duration left = TimeLeft(*context, kCallTimeMax);
  if (!caller.ok()) {
    reactor->Finish(ToGrpc(caller.status()));
  } else if (left <= Duration::zero()) {
    reactor->Finish({grpc::StatusCode::DEADLINE_EXCEEDED, "the deadline had passed before the call began"});
  } else {
    handle(*caller, left, Finisher(reactor));
  }
  return reactor;
}

}  // namespace latchkey
