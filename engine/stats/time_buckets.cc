#include "engine/stats/time_buckets.h"

#include <algorithm>

#include "engine/base/check.h"

namespace latchkey {
namespace {

int64_t NumberOf(TimePoint time, Duration width) {
  const int64_t since = time.time_since_epoch().count();
  return since >= 0 ? since / width.count() : -((-since + width.count() - 1) / width.count());
}

// The first bucket that begins at or after `time`.
int64_t FirstFrom(TimePoint time, Duration width) { return NumberOf(time + width - Duration(1), width); }

}  // namespace

TimeBuckets::TimeBuckets() {
  for (size_t i = 0; i < rings_.size(); ++i) {
    const Resolution resolution = kResolutions[i];
    rings_[i].resolution = resolution;
    rings_[i].buckets.resize(static_cast<size_t>(resolution.kept / resolution.width) + 1);
  }
}

void TimeBuckets::Add(const Counts& counts, TimePoint now) {
  for (Ring& ring : rings_) AddTo(ring, counts, now);
}

void TimeBuckets::AddTo(Ring& ring, const Counts& counts, TimePoint now) {
  const int64_t number = NumberOf(now, ring.resolution.width);
  if (number < 0) return;
  Bucket& bucket = ring.buckets[static_cast<size_t>(number) % ring.buckets.size()];
  if (number < bucket.number) return;
  if (number > bucket.number) {
    bucket = Bucket{};
    bucket.number = number;
  }
  bucket.counts.Add(counts);
}

std::optional<TimeBuckets::Resolution> TimeBuckets::Keeping(TimePoint from, TimePoint now) {
  for (const Resolution& resolution : kResolutions) {
    if (from >= Floor(now, resolution.width) - resolution.kept) return resolution;
  }
  return std::nullopt;
}

std::optional<TimeBuckets::Resolution> TimeBuckets::Dividing(Duration step) {
  std::optional<Resolution> widest;
  for (const Resolution& resolution : kResolutions) {
    if (step >= resolution.width && step % resolution.width == Duration::zero()) widest = resolution;
  }
  return widest;
}

Counts TimeBuckets::Sum(Resolution resolution, TimePoint from, TimePoint to) const {
  Counts sum;
  const Ring& ring = Of(resolution);
  const int64_t first = FirstFrom(from, resolution.width);
  const int64_t end = FirstFrom(to, resolution.width);
  const auto size = static_cast<int64_t>(ring.buckets.size());
  if (end - first < size) {
    for (int64_t number = std::max<int64_t>(first, 0); number < end; ++number) {
      const Bucket& bucket = ring.buckets[static_cast<size_t>(number % size)];
      if (bucket.number == number) sum.Add(bucket.counts);
    }
  } else {
    for (const Bucket& bucket : ring.buckets) {
      if (bucket.number >= first && bucket.number < end) sum.Add(bucket.counts);
    }
  }
  return sum;
}

std::vector<Counts> TimeBuckets::Series(Resolution resolution, TimePoint from, TimePoint to,
                                        Duration step) const {
  LATCHKEY_CHECK(step >= resolution.width);
  std::vector<Counts> series;
  for (TimePoint at = from; at < to; at += step)
    series.push_back(Sum(resolution, at, std::min(at + step, to)));
  return series;
}

TimePoint TimeBuckets::Floor(TimePoint time, Duration width) {
  return TimePoint(width * NumberOf(time, width));
}

const TimeBuckets::Ring& TimeBuckets::Of(Resolution resolution) const {
  const auto found = std::find_if(rings_.begin(), rings_.end(),
                                  [&](const Ring& ring) { return ring.resolution == resolution; });
  LATCHKEY_CHECK(found != rings_.end());
  return *found;
}

}  // namespace latchkey
