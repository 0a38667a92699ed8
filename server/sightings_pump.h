// A thread that, once a second, tells other nodes what the detectors of this one see, and hears them.
#pragma once

#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/detect/sighting_exchange.h"
#include "server/repeating_thread.h"
#include "server/store_source.h"
#include "server/touch.h"

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

 private:
  SightingsPump(StatsExchange& board, Parts parts, std::string node);

  SightingExchange exchange_;
  Touch touch_;
  RepeatingThread thread_;
};

}  // namespace latchkey
