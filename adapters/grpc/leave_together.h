// Answers that leave together.
//
// gRPC writes each answer to its connection at once, and the system's way from a write to the wire costs as
// much as the answer itself. Of answers at the end of one turn (engine/base/turn.h) all but the last are
// written with the word that more is to come, so that the system sends those of one connection as one.
//
// gRPC (1.51) has no place to say so: its writes are by sendmsg, which leave_together.cc stands in front of.
#pragma once

#include <utility>

#include "engine/base/turn.h"

namespace latchkey {

class LeaveTogether {
 public:
  // As Turn::AtEnd, for what makes gRPC write: what is written leaves when the last of these has run. It is
  // not for tasks that write to anything but TCP connections of the server.
  template <typename Task>
  static void AtEnd(Task task) {
    ++to_come_;
    Turn::AtEnd([task = std::move(task)]() mutable {
      --to_come_;
      task();
      if (to_come_ == 0) LetGo();
    });
  }

 private:
  friend struct HeldWrites;  // sendmsg's view of this
  static void LetGo();

  static constinit thread_local int to_come_;  // such tasks of this thread that have not begun
};

}  // namespace latchkey
