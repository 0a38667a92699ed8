#include "adapters/redis/command_queue.h"

#include <utility>

namespace latchkey {

bool CommandQueue::Admit(int64_t open_max) {
  if (open_.fetch_add(1, std::memory_order_relaxed) < open_max) return true;
  open_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void CommandQueue::Add(Command command) {
  Heed(command.deadline);
  waiting_.push_back(std::move(command));
}

void CommandQueue::AddWritten(Command command, std::string& out) {
  open_.fetch_add(1, std::memory_order_relaxed);
  out += command.wire.bytes();
  Heed(command.deadline);
  written_.push_back(std::move(command));
}

size_t CommandQueue::TakeWaiting(std::string& out) {
  size_t taken = 0;
  for (; !waiting_.empty(); waiting_.pop_front()) {
    Command& command = waiting_.front();
    if (!command.done) continue;  // Expired before it was ever sent.
    out += command.wire.bytes();
    written_.push_back(std::move(command));
    ++taken;
  }
  return taken;
}

bool CommandQueue::Answer(Reply reply) {
  if (written_.empty()) return false;
  if (written_.front().prefaces > 0) {
    --written_.front().prefaces;
    return true;
  }
  Command command = std::move(written_.front());
  written_.pop_front();
  if (command.done) {
    Finish(command, std::move(reply));
  } else {
    --late_;
  }
  return true;
}

size_t CommandQueue::Expire(SteadyTime now) {
  next_deadline_.reset();
  const size_t of_written =
      ExpireIn(written_, now,
               absl::DeadlineExceededError(
                   "Redis has not answered in time; whether the command was executed is unknown"));
  late_ += of_written;
  return of_written + ExpireIn(waiting_, now, absl::DeadlineExceededError("not sent to Redis in time"));
}

size_t CommandQueue::ExpireIn(std::deque<Command>& commands, SteadyTime now, const absl::Status& why) {
  size_t expired = 0;
  for (Command& command : commands) {
    if (!command.done) continue;
    if (command.deadline > now) {
      Heed(command.deadline);
    } else {
      ++expired;
      Finish(command, why);
    }
  }
  return expired;
}

void CommandQueue::FailAll(const absl::Status& waiting, const absl::Status& written) {
  late_ = 0;
  next_deadline_.reset();
  for (Command& command : std::exchange(written_, {})) {
    if (command.done) Finish(command, written);
  }
  for (Command& command : std::exchange(waiting_, {})) {
    if (command.done) Finish(command, waiting);
  }
}

void CommandQueue::Finish(Command& command, absl::StatusOr<Reply> result) {
  Command::Done done = std::exchange(command.done, nullptr);
  open_.fetch_sub(1, std::memory_order_relaxed);
  done(std::move(result));
}

}  // namespace latchkey
