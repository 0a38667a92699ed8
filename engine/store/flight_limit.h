// How many charges may be on their way to a store at once: as many as keep it busy, and few enough that
// hardly any waits inside it, whether it is beside us or a millisecond away.
//
// The rule is TCP Vegas (Brakmo and Peterson, SIGCOMM 1994): with `limit` under way, an answer that takes
// `latency` where the quickest take `shortest` has limit * (1 - shortest / latency) others queueing before
// it. Fewer than are wanted: one more is let through; more: one less. It doubles until a queue is first seen,
// and every kRoundsTrusted rounds lets a single one through to learn anew how quick the store is.
//
// Thread-compatible.
#pragma once

#include <chrono>
#include <cstddef>

namespace latchkey {

class FlightLimit {
 public:
  static constexpr size_t kFirst = 8;
  static constexpr int kRoundsTrusted = 2000;

  // How many others may queue in the store before one: more of them keep it busier and share their way to it
  // and back, fewer are sooner gone when somebody comes who must not wait.
  struct Queue {
    double min = 2;
    double max = 4;
  };

  // Requires: max >= 1.
  FlightLimit(size_t max, Queue queue);

  [[nodiscard]] size_t now() const { return probing_ ? 1 : limit_; }

  // A charge was answered. `under_way`: how many were when it was sent, itself included.
  void OnAnswer(std::chrono::nanoseconds latency, size_t under_way);

 private:
  void EndRound();

  const size_t max_;
  const Queue wanted_;
  size_t limit_;
  std::chrono::nanoseconds shortest_{0};  // zero: not known
  bool starting_ = true;                  // no queue was seen yet
  bool probing_ = false;
  int rounds_ = 0;  // since the last probe
  // The round that is under way, as many answers as the limit has.
  size_t answers_ = 0;
  size_t under_way_most_ = 0;
  std::chrono::nanoseconds round_shortest_{0};
};

}  // namespace latchkey
