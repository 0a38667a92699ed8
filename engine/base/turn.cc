#include "engine/base/turn.h"

#include <utility>
#include <vector>

namespace latchkey {
namespace {

struct OfThread {
  int depth = 0;
  std::vector<Turn::Task> waiting;
  std::vector<Turn::Task> running;  // its memory is used again
};

OfThread& Mine() {
  thread_local OfThread mine;
  return mine;
}

}  // namespace

Turn::Turn() { ++Mine().depth; }

Turn::~Turn() {
  OfThread& mine = Mine();
  while (mine.depth == 1 && !mine.waiting.empty()) {
    mine.running.swap(mine.waiting);
    for (Task& task : mine.running) task();
    mine.running.clear();
  }
  --mine.depth;
}

void Turn::AtEnd(Task task) {
  OfThread& mine = Mine();
  if (mine.depth == 0) return task();
  mine.waiting.push_back(std::move(task));
}

}  // namespace latchkey
