// Finds out which server holds which keys, by asking servers.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "adapters/redis/node_pool.h"
#include "adapters/redis/slot_map.h"

namespace latchkey {

// Belongs to one loop's thread, and is destroyed there.
class Topology {
 public:
  using Done = std::function<void(absl::StatusOr<SlotMap>)>;

  virtual ~Topology() = default;
  // One question at a time. Calls `done` once, unless destroyed before; never within this call. The error
  // says who was asked and what was wrong.
  virtual void Ask(NodePool& pool, Done done) = 0;
  // Whether a server whose connection was lost has to be named again before it is asked anything: it may come
  // back at once and empty, while another one has taken its place.
  [[nodiscard]] virtual bool names_again_after_loss() const { return false; }
  // How often to ask when nothing seems to have changed.
  [[nodiscard]] virtual Duration refresh_every() const = 0;
};

}  // namespace latchkey
