#include "adapters/redis/cluster_topology.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey {

ClusterTopology::ClusterTopology(std::vector<NodeAddress> seeds, std::string environment)
    : seeds_(std::move(seeds)), environment_(std::move(environment)) {}

void ClusterTopology::Ask(NodePool& pool, Done done) {
  round_ = std::make_shared<Round>();
  round_->done = std::move(done);
  std::vector<NodeAddress>& candidates = round_->candidates;
  ++turn_;
  for (const std::vector<NodeAddress>* some : {&std::as_const(known_), &seeds_}) {
    for (size_t i = 0; i < some->size(); ++i) {
      const NodeAddress& each = (*some)[(turn_ + i) % some->size()];
      if (std::find(candidates.begin(), candidates.end(), each) == candidates.end())
        candidates.push_back(each);
    }
  }
  AskNext(pool);
}

void ClusterTopology::AskNext(NodePool& pool) {
  if (round_->next == round_->candidates.size()) {
    const std::shared_ptr<Round> round = std::move(round_);
    return round->done(round->why);
  }
  const NodeAddress asked = round_->candidates[round_->next++];
  // A callback of a round that is over, or of a topology that is gone, finds nobody.
  pool.To(asked).Send({"CLUSTER", "SLOTS"}, kPatience,
                      [this, &pool, asked, mine = std::weak_ptr<Round>(round_)](absl::StatusOr<Reply> reply) {
                        if (mine.expired()) return;
                        absl::StatusOr<SlotMap> map = reply.ok()
                                                          ? ParseClusterSlots(*reply, asked, environment_)
                                                          : absl::StatusOr<SlotMap>(reply.status());
                        if (!map.ok()) {
                          round_->why = absl::Status(
                              map.status().code(), absl::StrCat(asked.Text(), ": ", map.status().message()));
                          return AskNext(pool);
                        }
                        known_.clear();
                        for (const SlotMap::Primary& each : map->primaries) known_.push_back(each.address);
                        const std::shared_ptr<Round> round = std::move(round_);
                        round->done(std::move(map));
                      });
}

}  // namespace latchkey
