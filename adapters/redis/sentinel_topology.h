// Redis Sentinel: all Sentinels are asked who the master is, and the one that they name whether it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/topology.h"

namespace latchkey {

struct SentinelAccess {
  std::vector<NodeAddress> seeds;
  std::string master;  // The name under which they watch it.
  NodeAccess access;   // As whom, and how.
};

class SentinelTopology final : public Topology {
 public:
  static constexpr Duration kPatience{300};

  // `loop` is the one that this belongs to. `environment` names the shard's tag (slot_map.h).
  SentinelTopology(EventLoop& loop, SentinelAccess sentinels, std::string environment);

  // Decides when all Sentinels have answered or kPatience is over, for the answer of the latest
  // configuration. Not for what most of them say: right after a failover only one knows of it, and the old
  // master, started again and empty, calls itself a master until the others do. Who is named must say so
  // itself (ROLE).
  void Ask(NodePool& pool, Done done) override;
  // Nodes of a Cluster learn from one another who took whose place; a master that starts again learns it
  // late.
  [[nodiscard]] bool names_again_after_loss() const override { return true; }
  [[nodiscard]] Duration refresh_every() const override { return std::chrono::seconds(1); }

 private:
  struct Said {
    NodeAddress master;
    int64_t epoch = 0;
    bool failing_over = false;  // And nobody is promoted yet.
  };
  struct Round {
    std::vector<Said> answers;
    size_t failed = 0;
    bool decided = false;
    Done done;
    absl::Status why;
  };
  void Hear(NodePool& pool, const NodeAddress& sentinel, const NodeAddress& serving,
            const absl::StatusOr<Reply>& reply);
  void Verify(NodePool& pool, const NodeAddress& master);
  void Finish(absl::StatusOr<SlotMap> result);

  const SentinelAccess sentinels_;
  const std::string environment_;
  NodePool watchers_;
  std::shared_ptr<Round> round_;  // The question under way.
};

}  // namespace latchkey
