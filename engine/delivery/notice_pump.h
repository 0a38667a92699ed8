// Reads feeds and submits what they tell to the courier: without a gap, also when nodes come and go.
//
// Of the nodes of a deployment, one delivers: the holder of a lease. It reads each feed from the place up to
// which everything has been delivered or has become a dead letter, and moves that place as messages arrive.
// When it ends or vanishes, the next holder begins there: what was on its way is sent again, by the same id,
// so nothing is lost even when the node and its disk are gone.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/delivery/courier.h"
#include "engine/delivery/notice_feed.h"

namespace latchkey {

struct PumpCounts {
  uint64_t gaps = 0;    // places that were no longer kept: some changes were never told
  uint64_t errors = 0;  // reads and writes that failed and are tried again
  bool delivering = true;
};

struct PumpOptions {
  Duration owner_notice_every = std::chrono::hours(24);  // zero: owners are told nothing
  Duration lease_check = std::chrono::seconds(3);
  Duration place_write = std::chrono::seconds(1);
};

// Thread-compatible, but for counts. All that is passed in outlives it.
class NoticePump {
 public:
  // Feeds of books are told by the holder of the lease, and the others by each node.
  NoticePump(Courier& courier, SharedPlaces& shared, std::vector<NoticeFeed*> feeds, PumpOptions options);

  // Reads what there is to read; to be called before each turn of the courier, by the same thread.
  void Turn(TimePoint now);

  // Says up to where everything has arrived, and gives the lease up.
  void End(TimePoint now);

  [[nodiscard]] PumpCounts counts() const;

 private:
  struct Reader {
    NoticeFeed* feed = nullptr;
    std::string place;    // read up to here; empty: not begun
    std::string written;  // what the others know
    struct Told {
      uint64_t sequence = 0;
      std::string place;
    };
    std::deque<Told> told;  // submitted, and perhaps not delivered yet
    TimePoint rests_until;
    TimePoint taken_over;  // when this node began at a place beyond which others may have told; zero: never
    bool told_before = false;  // what is read now may have been told by that other node
  };

  [[nodiscard]] static bool IsShared(const Reader& reader) { return reader.feed->book() != 0; }
  bool Delivering(TimePoint now);
  absl::Status Begin(Reader& reader, TimePoint now);
  absl::Status ReadOn(Reader& reader, TimePoint now);
  void SubmitAll(const Reader& reader, const Notice& notice, TimePoint now);
  // The place up to which nothing waits any more.
  std::string DeliveredUpTo(Reader& reader);
  void WritePlaces(TimePoint now);

  Courier& courier_;
  SharedPlaces& shared_;
  std::vector<Reader> readers_;
  const PumpOptions options_;
  TimePoint next_check_;
  TimePoint next_write_;
  std::atomic<bool> delivering_{false};
  std::atomic<uint64_t> gaps_{0};
  std::atomic<uint64_t> errors_{0};
};

}  // namespace latchkey
