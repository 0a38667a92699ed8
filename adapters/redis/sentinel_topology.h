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

  // Decides when more than half of the Sentinels say the same, or when all have answered: then for the answer
  // of the latest configuration. Who is named must say itself that it is a master (ROLE).
  void Ask(NodePool& pool, Done done) override;
  [[nodiscard]] Duration refresh_every() const override { return std::chrono::seconds(1); }

 private:
  struct Said {
    NodeAddress master;
    int64_t epoch = 0;
  };
  struct Round {
    std::vector<Said> answers;
    size_t failed = 0;
    bool decided = false;
    Done done;
    absl::Status why;
  };
  void Hear(NodePool& pool, const NodeAddress& sentinel, const absl::StatusOr<Reply>& reply);
  void Verify(NodePool& pool, const NodeAddress& master);
  void Finish(absl::StatusOr<SlotMap> result);

  const SentinelAccess sentinels_;
  const std::string environment_;
  NodePool watchers_;
  std::shared_ptr<Round> round_;  // The question under way.
};

}  // namespace latchkey
