#include "server/sightings_pump.h"

#include <utility>

namespace latchkey {
namespace {

constexpr Duration kEvery = std::chrono::seconds(1);

}  // namespace

std::unique_ptr<SightingsPump> SightingsPump::Open(StoreSource& stores, Parts parts, std::string node) {
  StatsExchange* board = stores.sightings_exchange();
  if (board == nullptr) return nullptr;
  return std::unique_ptr<SightingsPump>(new SightingsPump(*board, parts, std::move(node)));
}

SightingsPump::SightingsPump(StatsExchange& board, Parts parts, std::string node)
    : exchange_({.watcher = parts.watcher, .board = board, .sealer = parts.sealer}, std::move(node)),
      touch_(parts.log, "detectors know what other nodes see again",
             "detectors know what this node alone sees"),
      thread_(kEvery, [this, &clock = parts.clock] { touch_.Note(exchange_.Exchange(clock.Now())); }) {}

}  // namespace latchkey
