// Asking Redis on a thread that may wait.
#pragma once

#include <future>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "adapters/redis/resp.h"

namespace latchkey {

// Waits for what `start` is given a callback for: called once, at the latest when the time of the command is
// over. Error replies are replies.
template <typename Start>
absl::StatusOr<Reply> AwaitAnyReply(Start start) {
  auto answer = std::make_shared<std::promise<absl::StatusOr<Reply>>>();
  std::future<absl::StatusOr<Reply>> waiting = answer->get_future();
  start([answer](absl::StatusOr<Reply> reply) { answer->set_value(std::move(reply)); });
  return waiting.get();
}

// The same, with error replies as statuses.
template <typename Start>
absl::StatusOr<Reply> AwaitReply(Start start) {
  absl::StatusOr<Reply> reply = AwaitAnyReply(std::move(start));
  if (reply.ok() && reply->IsError()) return ErrorReplyStatus(*reply);
  return reply;
}

}  // namespace latchkey
