// Several Redis servers that share the keys, or replace one another: a Cluster, or the master that Sentinels
// name.
//
// Each loop has one connection to each server. The map of who holds what is asked for again every so often,
// and, at most every kRefreshRest, whenever a server says that it changed, is lost, or does not answer. What
// an error reply asks for is done within the command's time (redirect.h); a command that may have been
// executed is never sent again.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/node_pool.h"
#include "adapters/redis/redis_client.h"
#include "adapters/redis/topology.h"

namespace latchkey {

class RoutedRedisClient final : public RedisClient {
 public:
  static constexpr Duration kRefreshRest{100};
  static constexpr Duration kRestFirst{5};  // Before a command is tried again; doubles each time up to
  static constexpr Duration kRestMax{80};   // this.
  static constexpr int kRedirectsMax = 8;   // Of one command.

  struct Settings {
    NodeAccess access;
    bool one_script_spans_keys = false;
    std::string display;
  };
  // Called on the loop's thread.
  using MakeTopology = std::function<std::unique_ptr<Topology>(EventLoop&)>;

  // Requires: at least one loop.
  RoutedRedisClient(std::vector<std::unique_ptr<EventLoop>> loops, Settings settings,
                    MakeTopology make_topology, OnState on_state);
  ~RoutedRedisClient() override;

  void Send(std::string_view key, CommandText command, Duration timeout, Done done) override;
  [[nodiscard]] std::vector<Shard> shards() const override ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] bool one_script_spans_keys() const override { return settings_.one_script_spans_keys; }
  [[nodiscard]] bool up() const override { return up_; }
  [[nodiscard]] Connection::Counts counts() const override;
  [[nodiscard]] const ConnectionOptions& options() const override { return settings_.access.options; }
  [[nodiscard]] const std::string& display() const override { return settings_.display; }

 private:
  // A command on its way.
  struct Call {
    CommandText command;
    uint16_t slot = 0;
    SteadyTime deadline;
    Done done;
    int redirects = 0;
    Duration rest = kRestFirst;
  };
  using CallRef = std::shared_ptr<Call>;

  // What belongs to one loop's thread.
  struct Track {
    std::unique_ptr<EventLoop> loop;
    std::unique_ptr<NodePool> pool;
    std::shared_ptr<const SlotMap> map;  // Null: not known yet.
    std::multimap<SteadyTime, std::pair<CallRef, absl::StatusOr<Reply>>>
        resting;  // With what to say at last.
    EventLoop::Timer wake;
    bool closing = false;
  };

  void Route(Track& track, const CallRef& call);
  void SendTo(Track& track, const NodeAddress& address, const CallRef& call, bool asking);
  void OnReply(Track& track, const NodeAddress& address, const CallRef& call, absl::StatusOr<Reply> reply);
  void Rest(Track& track, const CallRef& call, absl::StatusOr<Reply> otherwise);
  void WakeRested(Track& track);

  void Refresh();  // From any loop.
  // The rest of refreshing is the first loop's.
  void AskTopology();
  void Distrust();  // Nothing is sent until the topology was asked again, where that wants it.
  void OnTopology(absl::StatusOr<SlotMap> map);
  void Publish(const std::shared_ptr<const SlotMap>& map) ABSL_LOCKS_EXCLUDED(mutex_);

  void OnNode(size_t track, const NodeAddress& address, const ConnectionState& state)
      ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] bool IsPrimary(const NodeAddress& address) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool IsUp(const NodeAddress& address) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool AllUp() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Announce(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);

  const Settings settings_;
  const OnState on_state_;
  std::vector<Track> tracks_;

  std::unique_ptr<Topology> topology_;  // With what follows, the first loop's.
  bool asking_ = false;
  bool ask_again_ = false;
  bool distrusted_ = false;  // A connection was lost while the topology was asked.
  SteadyTime asked_;
  EventLoop::Timer refresh_;
  std::atomic<bool> refresh_wanted_{false};

  mutable Mutex mutex_;
  std::shared_ptr<const SlotMap> map_ ABSL_GUARDED_BY(mutex_);
  bool whole_ ABSL_GUARDED_BY(mutex_) = false;  // Every slot is served by somebody.
  std::map<NodeAddress, std::vector<bool>> node_up_ ABSL_GUARDED_BY(mutex_);  // By track.
  std::optional<ConnectionState> announced_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> up_{false};
};

}  // namespace latchkey
