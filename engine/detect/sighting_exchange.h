// Tells other nodes what the detectors of this one see, and these what others have seen.
//
// Each node keeps one line on a board that all read each second: what it has seen lately, in batches that are
// numbered, so that nothing is heard twice and a round that is late misses nothing. Batches are sealed: the
// store learns no names and no tags. Sent is at most kEachSecondMax a second, of all nodes together; what is
// more, each node counts for itself alone.
#pragma once

#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "engine/attempt/sealer.h"
#include "engine/detect/attack_watcher.h"
#include "engine/stats/stats_exchange.h"

namespace latchkey {

// One thread's, which waits for the store.
class SightingExchange {
 public:
  static constexpr size_t kEachSecondMax = 512;

  struct Parts {
    AttackWatcher& watcher;
    StatsExchange& board;
    const Sealer& sealer;
  };
  // `node` tells this process from all others. All outlives it.
  SightingExchange(Parts parts, std::string node);

  // To be called once a second. While it fails, this node counts for itself.
  absl::Status Exchange(TimePoint now);

 private:
  // A round may be late by as much.
  static constexpr Duration kKept = std::chrono::seconds(3);
  static constexpr size_t kBatch = 20;  // what a sealer takes, with the longest names

  struct Batch {
    TimePoint made;
    std::string text;  // "<number> <size> <sealed>"
  };
  void Pack(const std::vector<Sighting>& sightings, TimePoint now);
  void HearLine(const StatsExchange::Line& line);

  const Parts parts_;
  const std::string node_;
  std::deque<Batch> batches_;
  int64_t number_ = 0;
  size_t nodes_ = 1;
  absl::flat_hash_map<std::string, int64_t> heard_;  // the latest batch of each node
};

}  // namespace latchkey
