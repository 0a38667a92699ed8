#include "engine/signal/limit_span.h"

#include <algorithm>

namespace latchkey {
namespace {

constexpr Duration kTick{1};
// Nobody knows a refusal by heart for longer.
constexpr Duration kForesight = std::chrono::minutes(1);

// The first of the moments, after `now`, at which something may change.
class Moments {
 public:
  explicit Moments(TimePoint now) : now_(now), first_(now + kForesight) {}

  void Add(TimePoint moment) {
    // Most of them are long over or far away.
    if (moment <= now_ || moment - kProvisionalWait >= first_) return;
    Before(moment);
    // An end further away than a provisional answer's is not told. It is when it is nearer.
    Before(moment - kProvisionalWait + kTick);
  }
  [[nodiscard]] TimePoint first() const { return first_; }

 private:
  void Before(TimePoint moment) {
    if (moment > now_) first_ = std::min(first_, moment);
  }

  TimePoint now_;
  TimePoint first_;
};

}  // namespace

TimePoint SaysUntil(const Limit& limit, std::span<const Entry> entries, bool distinct, int64_t weight,
                    const LimitState& said, TimePoint now, Duration token_life) {
  Moments moments(now);
  // What no window has room for is told an end that moves along: it is counted from now.
  if (weight > limit.above && said.refuses && !EndsSoon(said, now)) return now + kTick;
  for (const Entry& entry : entries) {
    if (!limit.ever()) moments.Add(entry.at + limit.window);
    moments.Add(entry.at + token_life);
    if (limit.hold > Duration::zero()) moments.Add(entry.at + limit.hold);
    if (limit.quiet > Duration::zero()) moments.Add(entry.at + limit.quiet);
  }
  if (limit.then == Consequence::kThrottle && !entries.empty()) {
    // A wait runs from the last charge and is as long as there are charges: those that are left when some of
    // the first have gone.
    const TimePoint last = entries.back().at;
    int64_t count = 0;
    moments.Add(last + WaitOf(limit.wait, 1));
    for (size_t left = entries.size(); left-- > 0;) {
      count += distinct ? 1 : entries[left].count;
      if (count > limit.above) moments.Add(last + WaitOf(limit.wait, count - limit.above + 1));
    }
  }
  return moments.first();
}

}  // namespace latchkey
