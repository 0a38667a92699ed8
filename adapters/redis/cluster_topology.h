// Redis Cluster: CLUSTER SLOTS, asked of one server after another until one answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/topology.h"

namespace latchkey {

class ClusterTopology final : public Topology {
 public:
  static constexpr Duration kPatience{250};  // For each server.

  // Requires: at least one seed. `environment` names the shards' tags (slot_map.h).
  ClusterTopology(std::vector<NodeAddress> seeds, std::string environment);

  // Begins with another server each time; the seeds come last.
  void Ask(NodePool& pool, Done done) override;
  [[nodiscard]] Duration refresh_every() const override { return std::chrono::seconds(5); }

 private:
  struct Round {
    std::vector<NodeAddress> candidates;
    size_t next = 0;
    Done done;
    absl::Status why = absl::UnavailableError("nobody to ask");
  };
  void AskNext(NodePool& pool);

  const std::vector<NodeAddress> seeds_;
  const std::string environment_;
  std::vector<NodeAddress> known_;  // Primaries of the last answer.
  size_t turn_ = 0;
  std::shared_ptr<Round> round_;  // The question under way.
};

}  // namespace latchkey
