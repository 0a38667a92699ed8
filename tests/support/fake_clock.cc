#include "tests/support/fake_clock.h"

namespace latchkey {

FakeClock::FakeClock(TimePoint start) : now_ms_(start.time_since_epoch().count()) {}

TimePoint FakeClock::Now() const { return TimePoint(Duration(now_ms_.load())); }

void FakeClock::Advance(Duration by) { now_ms_ += by.count(); }

void FakeClock::Set(TimePoint now) { now_ms_ = now.time_since_epoch().count(); }

}  // namespace latchkey
