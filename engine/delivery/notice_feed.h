// Where notices come from, and who of several nodes reads on (ports).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/delivery/notice.h"

namespace latchkey {

// A log of changes, read as notices. Called by one thread; may wait for a disk or for Redis.
class NoticeFeed {
 public:
  struct Page {
    std::vector<Notice> notices;  // each with its book and sequence; more or fewer than there were changes
    std::vector<std::string> places;  // after each notice
    std::string place;                // where to read on
  };
  virtual ~NoticeFeed() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // 0: what this node alone knows, and tells itself. Otherwise a book that all nodes read, of which one
  // tells.
  [[nodiscard]] virtual uint8_t book() const = 0;
  // The sequence of the latest change before a place; 0 for what is no place.
  [[nodiscard]] virtual uint64_t SequenceOf(const std::string& place) const = 0;
  // The place after the latest change.
  virtual absl::StatusOr<std::string> Latest(TimePoint now) = 0;
  // At most `count_max` changes after a place. kOutOfRange when changes after it are no longer kept.
  virtual absl::StatusOr<Page> ReadAfter(const std::string& place, size_t count_max, TimePoint now) = 0;
  // What was read before says nothing any more of what receivers know: another node may have told more.
  virtual void Forget() = 0;
};

// What the nodes of a deployment share of their delivery. Called by one thread; may wait for Redis.
class SharedPlaces {
 public:
  virtual ~SharedPlaces() = default;
  // Takes or keeps the lease: whoever holds it delivers for all. False: another node does.
  virtual absl::StatusOr<bool> Hold(TimePoint now) = 0;
  // Gives it up, so that another node need not wait for its end.
  virtual void Release() = 0;
  // Up to where everything has been delivered; empty when nobody has said so.
  virtual absl::StatusOr<std::string> Read(std::string_view feed) = 0;
  virtual absl::Status Write(std::string_view feed, const std::string& place, TimePoint now) = 0;
};

}  // namespace latchkey
