// A thread that, once a second, tells other nodes what the detectors of this one see, and hears them.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "adapters/log/logging.h"
#include "engine/base/clock.h"
#include "engine/detect/sighting_exchange.h"
#include "server/store_source.h"

namespace latchkey {

class SightingsPump {
 public:
  struct Parts {
    AttackWatcher& watcher;
    const Sealer& sealer;
    const Clock& clock;
    ServiceLog& log;
  };
  // Runs until it is destroyed; all it is given outlives it. Null where there is one node.
  static std::unique_ptr<SightingsPump> Open(StoreSource& stores, Parts parts, std::string node);
  ~SightingsPump();
  SightingsPump(const SightingsPump&) = delete;
  SightingsPump& operator=(const SightingsPump&) = delete;

 private:
  SightingsPump(StatsExchange& board, Parts parts, std::string node);
  void Run(std::future<void> end);
  void Exchange();

  const Parts parts_;
  SightingExchange exchange_;
  bool in_touch_ = true;
  std::promise<void> ending_;
  std::thread thread_;  // last: it uses all the above
};

}  // namespace latchkey
