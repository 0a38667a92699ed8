// Counts over time, at three resolutions: seconds for 15 minutes, minutes for 24 hours, hours for 30 days.
//
// Memory is bounded: 3,063 buckets, each of one Counts, whose names are bounded by their tables: some 4 MB,
// and 15 MB with all names in every bucket.
//
// Thread-compatible.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.h"
#include "engine/stats/counts.h"

namespace latchkey {

class TimeBuckets {
 public:
  struct Resolution {
    Duration width{0};
    Duration kept{0};
    bool operator==(const Resolution&) const = default;
  };
  // Finest first.
  static constexpr std::array<Resolution, 3> kResolutions = {{
      {std::chrono::seconds(1), std::chrono::minutes(15)},
      {std::chrono::minutes(1), std::chrono::hours(24)},
      {std::chrono::hours(1), std::chrono::hours(24 * 30)},
  }};

  TimeBuckets();

  // A time older than what a resolution keeps is not counted there.
  void Add(const Counts& counts, TimePoint now);

  // The finest resolution that still keeps `from`; absent when none does.
  [[nodiscard]] static std::optional<Resolution> Keeping(TimePoint from, TimePoint now);
  // The coarsest one whose width divides `step`; absent when none does.
  [[nodiscard]] static std::optional<Resolution> Dividing(Duration step);

  // Of the whole buckets that begin in [from, to). Requires: `resolution` is one of kResolutions.
  [[nodiscard]] Counts Sum(Resolution resolution, TimePoint from, TimePoint to) const;
  // One Counts a step, oldest first. Requires: the step is at least a width.
  [[nodiscard]] std::vector<Counts> Series(Resolution resolution, TimePoint from, TimePoint to,
                                           Duration step) const;

  // The beginning of the bucket that `time` is in.
  [[nodiscard]] static TimePoint Floor(TimePoint time, Duration width);

 private:
  struct Bucket {
    int64_t number = -1;  // widths of Unix time; -1: never used
    Counts counts;
  };
  struct Ring {
    Resolution resolution;
    std::vector<Bucket> buckets;  // by number modulo size
  };
  static void AddTo(Ring& ring, const Counts& counts, TimePoint now);
  [[nodiscard]] const Ring& Of(Resolution resolution) const;

  std::array<Ring, kResolutions.size()> rings_;
};

}  // namespace latchkey
