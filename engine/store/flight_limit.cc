#include "engine/store/flight_limit.h"

#include <algorithm>

#include "engine/base/check.h"

namespace latchkey {

FlightLimit::FlightLimit(size_t max, Queue queue) : max_(max), wanted_(queue), limit_(std::min(kFirst, max)) {
  LATCHKEY_CHECK(max >= 1);
}

void FlightLimit::OnAnswer(std::chrono::nanoseconds latency, size_t under_way) {
  latency = std::max(latency, std::chrono::nanoseconds(1));
  if (probing_) {
    if (under_way > 1) return;  // Sent before the probe, behind others.
    shortest_ = latency;
    probing_ = false;
    rounds_ = 0;
    answers_ = 0;
    return;
  }
  round_shortest_ = answers_ == 0 ? latency : std::min(round_shortest_, latency);
  under_way_most_ = answers_ == 0 ? under_way : std::max(under_way_most_, under_way);
  if (++answers_ >= limit_) EndRound();
}

void FlightLimit::EndRound() {
  answers_ = 0;
  shortest_ = shortest_.count() == 0 ? round_shortest_ : std::min(shortest_, round_shortest_);
  if (++rounds_ >= kRoundsTrusted && limit_ > 1) probing_ = true;

  const double quickness =
      static_cast<double>(shortest_.count()) / static_cast<double>(round_shortest_.count());
  const double queue = static_cast<double>(under_way_most_) * (1 - quickness);
  if (queue > wanted_.max) {
    starting_ = false;
    limit_ = std::max<size_t>(limit_ - 1, 1);
  } else if (queue < wanted_.min && under_way_most_ >= limit_) {
    limit_ = std::min(starting_ ? limit_ * 2 : limit_ + 1, max_);
  } else if (queue >= wanted_.min) {
    starting_ = false;
  }
}

}  // namespace latchkey
