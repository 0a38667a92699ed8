// An actor of a simulated day: people who log in, or somebody who attacks them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "engine/lab/event_queue.h"
#include "engine/lab/parameters.h"

namespace latchkey::lab {

class World;

// Lives in one world. Not thread-safe.
class Actor {
 public:
  Actor() = default;
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  // Before anything happens: makes its accounts and plans its first events.
  virtual void Enter(World& world) = 0;
  // What it planned is due.
  virtual void Act(World& world, const Event& event) = 0;
  // The day is over.
  virtual void Leave(World& /*world*/) {}
};

}  // namespace latchkey::lab
