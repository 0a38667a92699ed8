// A turn of a thread that sees to many things at once: answers that were read together, calls that came
// together.
//
// What each of them leads to elsewhere may wait for the end of the turn. It is then done for all of them in
// one go, so that code and data of one kind stay in the processor's caches and what can be sent together is.
#pragma once

#include "absl/functional/any_invocable.h"

namespace latchkey {

// Lives on the stack of the thread whose turn it is. One inside another is a part of it.
class Turn {
 public:
  using Task = absl::AnyInvocable<void()>;

  Turn();
  // Runs what was put off, in that order, and what that puts off.
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // Runs `task` when the turn of this thread ends, or at once when it has none. What the task refers to lives
  // until then.
  static void AtEnd(Task task);
};

}  // namespace latchkey
