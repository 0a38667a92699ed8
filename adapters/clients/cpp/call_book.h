// The calls of one client that are under way: which wait to be sent, which for their answers, until when, and
// which may be sent again.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "latchkey/client.h"

namespace latchkey::client {

using TimePoint = std::chrono::steady_clock::time_point;

// One Assess or Report.
struct Call {
  // Null while the frame that carries it is being written.
  std::unique_ptr<v1::ConverseItem> item;
  // At most one of them waits. None: nobody does any more, or never did.
  Waiter<v1::AssessResponse>* assess = nullptr;
  Waiter<v1::ReportResponse>* report = nullptr;
  TimePoint deadline;
  TimePoint first_sent;
  int sends = 0;
  bool in_flight = false;
  bool repeatable = false;  // another sending does no harm
  bool give_back = false;   // an ALLOW that comes too late is reported as not verified
  bool owed = true;         // its deadline has not passed

  [[nodiscard]] bool awaited() const { return assess != nullptr || report != nullptr; }
};

// Thread-compatible. Takes `now` as an argument.
class CallBook {
 public:
  struct Bounds {
    int items_per_frame_max = 64;
    int in_flight_max = 1024;
  };
  // The first sending and two repeats, all within the life of a request id: what the proto calls safe.
  static constexpr int kSendsMax = 3;
  static constexpr std::chrono::seconds kRepeatWithin{9};
  // Half of what the server takes.
  static constexpr size_t kFrameBytesMax = size_t{512} << 10U;

  explicit CallBook(Bounds bounds) : bounds_(bounds) {}

  [[nodiscard]] size_t size() const { return calls_.size(); }
  [[nodiscard]] size_t in_flight() const { return in_flight_; }
  [[nodiscard]] size_t queued() const { return calls_.size() - in_flight_; }
  // How many have not reached their deadlines.
  [[nodiscard]] size_t owed() const { return owed_; }
  // None has an earlier deadline; TimePoint::max() when there is none.
  [[nodiscard]] TimePoint next_deadline() const {
    return deadlines_.empty() ? TimePoint::max() : deadlines_.front().first;
  }

  void Add(Call call);

  // Whether Fill would put something into a frame.
  [[nodiscard]] bool CanFill() const {
    return queued() > 0 && in_flight_ < static_cast<size_t>(bounds_.in_flight_max);
  }
  // A frame of what waits has no room for more.
  [[nodiscard]] bool FullFrameWaits() const {
    return queued() >= static_cast<size_t>(bounds_.items_per_frame_max);
  }
  // Moves what waits longest into `frame`, which is empty, and counts it. All of them are in flight then.
  void Fill(v1::ConverseRequest& frame, TimePoint now, ClientCounts& counts);
  // The frame was written, or cannot be: takes its items back, for another sending.
  void TakeBack(v1::ConverseRequest& frame);

  // Ends the call with this id; nothing when there is none in flight.
  [[nodiscard]] std::optional<Call> Answered(uint64_t id);

  // Ends the waiting of the calls whose deadlines have passed, and gives them. Those in flight stay,
  // unawaited, until they are answered or lost: the server works on them.
  [[nodiscard]] std::vector<Call> Expire(TimePoint now);

  // The stream is gone, and its frame was taken back. What was in flight and is repeatable waits again,
  // before what waits already; the rest ends, and what of it was awaited is given.
  [[nodiscard]] std::vector<Call> Lose(TimePoint now);

 private:
  using Deadline = std::pair<TimePoint, uint64_t>;

  using Calls = absl::flat_hash_map<uint64_t, Call>;

  void Remove(Calls::iterator call);
  // Forgets ids of calls that have ended, when they outnumber the others.
  void Tidy();

  const Bounds bounds_;
  Calls calls_;
  std::deque<uint64_t> queue_;       // in the order of sending; may hold ids of calls that have ended
  std::vector<Deadline> deadlines_;  // a heap, the earliest first; as above
  size_t in_flight_ = 0;
  size_t owed_ = 0;
  uint64_t last_id_ = 0;
};

}  // namespace latchkey::client
