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
    : parts_(parts),
      exchange_({.watcher = parts.watcher, .board = board, .sealer = parts.sealer}, std::move(node)),
      thread_([this, end = ending_.get_future()]() mutable { Run(std::move(end)); }) {}

SightingsPump::~SightingsPump() {
  ending_.set_value();
  thread_.join();
}

void SightingsPump::Run(std::future<void> end) {
  while (end.wait_for(kEvery) != std::future_status::ready) Exchange();
}

void SightingsPump::Exchange() {
  const absl::Status status = exchange_.Exchange(parts_.clock.Now());
  if (status.ok() == in_touch_) return;
  in_touch_ = status.ok();
  // A store that is gone is said as such elsewhere.
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return;
  parts_.log.Write(
      status.ok() ? LogLevel::kInfo : LogLevel::kWarn,
      status.ok() ? "detectors know what other nodes see again" : "detectors know what this node alone sees",
      {{"why", std::string(status.message())}});
}

}  // namespace latchkey
