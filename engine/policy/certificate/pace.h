// How fast charges can follow one another under limits: the fastest schedule there is.
//
// Each pace is a necessary condition of every history that the engine admits, and each is monotone: charges
// made earlier never make a later one wait longer. So the schedule that makes each charge as early as it can
// makes the k-th no later than any other schedule does, and what it makes within a span from its start
// bounds what anybody makes within any such span. Spans are half open: [t, t + span).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/signal/limit.h"

namespace latchkey {

// At most `above` charges in any window; with `wait`, beyond that one each wait. Window zero: ever.
struct Pace {
  int64_t above = 0;
  Duration window{0};
  std::optional<Wait> wait;
  bool operator==(const Pace&) const = default;
};

// The paces of a limit. `spans`: lengths for which what is not monotone (a lockout's hold, a count that ends
// when it has been quiet) is made a pace of its own.
[[nodiscard]] std::vector<Pace> PacesOf(const Limit& limit, Duration token_life,
                                        const std::vector<Duration>& spans);

// Leaves out paces that others imply: the schedule is the same without them.
[[nodiscard]] std::vector<Pace> WithoutDominated(std::vector<Pace> paces);

// The most charges in a span under a lockout whose hold outlasts its window, whether somebody stays one
// below the limit, or fills it and waits the hold out.
[[nodiscard]] int64_t MostUnderHold(const Limit& limit, Duration token_life, Duration span);

// The most charges in a span under limits of one count that begins anew after it has been quiet, whether
// somebody waits each turn or rests and begins anew. `beside`: paces that the same charges keep, too.
// Requires: the same `quiet` of all.
[[nodiscard]] int64_t MostWithRests(const std::vector<Limit>& limits, const std::vector<Pace>& beside,
                                    Duration token_life, Duration span);
[[nodiscard]] std::vector<Pace> PacesWithRests(const std::vector<Limit>& limits,
                                               const std::vector<Pace>& beside, Duration token_life,
                                               const std::vector<Duration>& spans);

// Thread-compatible. Calls grow the schedule as far as they need.
class Schedule {
 public:
  // Beyond `charges_max` it is continued by repeating itself, which only overestimates.
  explicit Schedule(std::vector<Pace> paces, size_t charges_max = 10'000);

  // Nothing: no pace bounds it.
  [[nodiscard]] std::optional<int64_t> Within(Duration span);
  // However long it takes.
  [[nodiscard]] std::optional<int64_t> Ever() const;
  // How long the first `charges` take, from the first to the last; nothing: there are never so many.
  // Requires: 0 < charges <= the constructor's charges_max.
  [[nodiscard]] std::optional<Duration> TimeOf(size_t charges);
  [[nodiscard]] const std::vector<Pace>& paces() const { return paces_; }

 private:
  // When the next charge can be made; nothing when never.
  [[nodiscard]] std::optional<Duration> Next() const;
  // Makes one charge more, unless there is none.
  void Grow();
  [[nodiscard]] bool Throttled(const Pace& pace, Duration& at) const;
  [[nodiscard]] int64_t Before(Duration span) const;

  std::vector<Pace> paces_;
  size_t charges_max_;
  std::vector<Duration> times_;  // since the start
  bool ended_ = false;
};

}  // namespace latchkey
