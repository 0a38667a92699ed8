// What nodes that share a store tell each other of their statistics, and of what their detectors see (port).
// Each keeps one line on each board, in place of the one before; a line that is not renewed ends by itself.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"

namespace latchkey {

enum class StatsBoard : uint8_t {
  kCounts,     // small, renewed every second
  kLists,      // some 20 KB, renewed every few seconds
  kSightings,  // what is attacked, renewed every second: of all nodes up to some 200 KB in a flood
};

// Belongs to one thread, which waits for the store.
class StatsExchange {
 public:
  // A line is read for so long after it was written.
  static constexpr Duration kLive = std::chrono::seconds(15);
  // Lines beyond so many nodes are not read.
  static constexpr size_t kNodesMax = 64;

  struct Line {
    std::string node;
    std::string text;
  };

  virtual ~StatsExchange() = default;

  // Writes this node's line and answers those of all others that live.
  [[nodiscard]] virtual absl::StatusOr<std::vector<Line>> Swap(StatsBoard board, const std::string& node,
                                                               const std::string& text) = 0;
};

}  // namespace latchkey
