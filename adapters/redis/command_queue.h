// The commands of one connection that are not answered yet: first those waiting to be written, then those
// written, whose replies come in the same order.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "adapters/redis/event_loop.h"
#include "adapters/redis/resp.h"

namespace latchkey {

struct Command {
  using Done = absl::AnyInvocable<void(absl::StatusOr<Reply>)>;

  CommandText wire;
  SteadyTime deadline;  // When `done` hears DEADLINE_EXCEEDED.
  Done done;            // Empty once called.
  int prefaces = 0;     // Replies to what stands in `wire` before the command: ignored.
};

// Belongs to the loop's thread, save where said.
class CommandQueue {
 public:
  // Thread-safe. Reserves room for one command; false when `open_max` are waiting for their answer. Every
  // admitted command must be added.
  [[nodiscard]] bool Admit(int64_t open_max);

  void Add(Command command);
  // Adds a command ahead of all that wait, and appends its bytes to `out` at once. Needs no admission.
  void AddWritten(Command command, std::string& out);

  // Appends the bytes of all that wait to `out`; they count as written from here on. How many they were.
  size_t TakeWaiting(std::string& out);

  // Hands `reply` to the oldest command written; one that has expired ignores it. False: none was written.
  [[nodiscard]] bool Answer(Reply reply);

  // Fails what is past its deadline: a command that was never written is dropped, the reply of a written
  // one will be ignored. How many they were.
  size_t Expire(SteadyTime now);
  // When Expire next may have something to do: no later than the next deadline.
  [[nodiscard]] std::optional<SteadyTime> NextDeadline() const { return next_deadline_; }

  // Fails every command: those never written with `waiting`, those written, whose outcome is unknown, with
  // `written`.
  void FailAll(const absl::Status& waiting, const absl::Status& written);

  [[nodiscard]] bool AnyWritten() const { return !written_.empty(); }
  // Written commands whose reply nobody waits for any more.
  [[nodiscard]] size_t late() const { return late_; }

 private:
  void Heed(SteadyTime deadline) {
    if (!next_deadline_ || deadline < *next_deadline_) next_deadline_ = deadline;
  }
  size_t ExpireIn(std::deque<Command>& commands, SteadyTime now, const absl::Status& why);
  void Finish(Command& command, absl::StatusOr<Reply> result);

  std::deque<Command> waiting_;
  std::deque<Command> written_;
  // Of those that were there when Expire last looked or came since: most are answered long before.
  std::optional<SteadyTime> next_deadline_;
  size_t late_ = 0;
  std::atomic<int64_t> open_{0};
};

}  // namespace latchkey
