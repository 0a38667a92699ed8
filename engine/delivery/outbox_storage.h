// Where an outbox is kept over restarts (port).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/delivery/notice.h"

namespace latchkey {

// One message for one target.
struct OutboxEntry {
  uint64_t position = 0;  // in this outbox: grows, is never used again
  std::string target;
  std::string order_key;
  std::string notice_id;
  NoticeKind kind = NoticeKind::kTest;
  std::string payload;
  uint8_t book = 0;  // of the notice, as its sequence
  uint64_t sequence = 0;
  TimePoint made;
  int64_t attempts = 0;  // begun, this one included
  bool dead = false;
  TimePoint died;
  std::string why;      // how the latest attempt failed; empty: none did
  int64_t replays = 0;  // how often people have sent it again
  bool operator==(const OutboxEntry&) const = default;
};

// A notice that was taken in, so that it is not taken twice.
struct KnownNotice {
  std::string id;
  TimePoint until;
  bool operator==(const KnownNotice&) const = default;
};

struct OutboxContents {
  uint64_t last_position = 0;
  std::vector<OutboxEntry> entries;
  std::vector<std::string> stopped;  // targets that want nothing more
  std::vector<KnownNotice> known;
};

struct OutboxChanges {
  std::vector<OutboxEntry> put;  // new ones, and changed ones as they are now
  std::vector<uint64_t> removed;
  std::vector<KnownNotice> known;  // new ones
  TimePoint forget_before;         // known notices that end until then go
  std::vector<std::string> stopped;
  std::vector<std::string> resumed;

  [[nodiscard]] bool empty() const {
    return put.empty() && removed.empty() && known.empty() && stopped.empty() && resumed.empty();
  }
};

// Called by one thread; may take as long as a disk does.
class OutboxStorage {
 public:
  virtual ~OutboxStorage() = default;
  virtual absl::StatusOr<OutboxContents> Load() = 0;
  // All of it or nothing; survives the end of the process once it has returned.
  virtual absl::Status Save(const OutboxChanges& changes) = 0;
};

}  // namespace latchkey
