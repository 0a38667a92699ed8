// Totals that are counted elsewhere, as Prometheus' counters.
#pragma once

#include <prometheus/counter.h>

namespace latchkey {

// A counter only grows: a total that began anew is waited for.
template <typename Total>
void RaiseTo(prometheus::Counter& counter, Total total) {
  const double more = static_cast<double>(total) - counter.Value();
  if (more > 0) counter.Increment(more);
}

}  // namespace latchkey
