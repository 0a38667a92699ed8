#include "adapters/redis/command_queue.h"

#include <utility>

namespace latchkey {

bool CommandQueue::Admit(int64_t open_max) {
  if (open_.fetch_add(1, std::memory_order_relaxed) < open_max) return true;
  open_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void CommandQueue::Add(std::shared_ptr<Command> command) {
  by_deadline_.push(command);
  waiting_.push_back(std::move(command));
}

void CommandQueue::AddWritten(std::shared_ptr<Command> command, std::string& out) {
  open_.fetch_add(1, std::memory_order_relaxed);
  out += command->wire;
  command->wire = std::string();
  by_deadline_.push(command);
  written_.push_back(std::move(command));
}

size_t CommandQueue::TakeWaiting(std::string& out) {
  size_t taken = 0;
  for (std::shared_ptr<Command>& command : std::exchange(waiting_, {})) {
    if (!command->done) continue;  // Expired before it was ever sent.
    out += command->wire;
    command->wire = std::string();
    written_.push_back(std::move(command));
    ++taken;
  }
  return taken;
}

bool CommandQueue::Answer(Reply reply) {
  if (written_.empty()) return false;
  if (written_.front()->prefaces > 0) {
    --written_.front()->prefaces;
    return true;
  }
  const std::shared_ptr<Command> command = std::move(written_.front());
  written_.pop_front();
  if (command->done) {
    Finish(*command, std::move(reply));
  } else {
    --late_;
  }
  return true;
}

size_t CommandQueue::Expire(SteadyTime now) {
  size_t expired = 0;
  while (!by_deadline_.empty() && by_deadline_.top()->deadline <= now) {
    const std::shared_ptr<Command> command = by_deadline_.top();
    by_deadline_.pop();
    if (!command->done) continue;
    ++expired;
    const bool written = command->wire.empty();
    if (written) ++late_;
    Finish(*command,
           absl::DeadlineExceededError(
               written ? "Redis has not answered in time; whether the command was executed is unknown"
                       : "not sent to Redis in time"));
  }
  return expired;
}

std::optional<SteadyTime> CommandQueue::NextDeadline() {
  while (!by_deadline_.empty() && !by_deadline_.top()->done) by_deadline_.pop();
  if (by_deadline_.empty()) return std::nullopt;
  return by_deadline_.top()->deadline;
}

void CommandQueue::FailAll(const absl::Status& waiting, const absl::Status& written) {
  late_ = 0;
  by_deadline_ = {};
  for (const std::shared_ptr<Command>& command : std::exchange(written_, {})) {
    if (command->done) Finish(*command, written);
  }
  for (const std::shared_ptr<Command>& command : std::exchange(waiting_, {})) {
    if (command->done) Finish(*command, waiting);
  }
}

void CommandQueue::Finish(Command& command, absl::StatusOr<Reply> result) {
  Command::Done done = std::exchange(command.done, nullptr);
  open_.fetch_sub(1, std::memory_order_relaxed);
  done(std::move(result));
}

}  // namespace latchkey
