#include "engine/signal/record.h"

#include <algorithm>

namespace latchkey {

const Series* Record::FindSeries(SeriesId id) const {
  auto it = std::find_if(series.begin(), series.end(), [id](const Series& s) { return s.id == id; });
  return it == series.end() ? nullptr : &*it;
}

const Slot* Record::FindSlot(Lane lane, uint64_t id) const {
  auto it =
      std::find_if(slots.begin(), slots.end(), [&](const Slot& s) { return s.lane == lane && s.id == id; });
  return it == slots.end() ? nullptr : &*it;
}

bool Record::IsSpent(uint64_t id, TimePoint now) const {
  return std::any_of(spent.begin(), spent.end(),
                     [&](const SpentId& s) { return s.id == id && s.until > now; });
}

}  // namespace latchkey
