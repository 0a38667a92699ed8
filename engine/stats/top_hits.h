// Who was hit most often in the last hour or two, in bounded memory ("Space-Saving", Metwally et al. 2005).
//
// A hit is a refusal or a reported failure. A count may be too high by its `error`, never too low: whoever
// has more hits than the total divided by the capacity is in the list. Lists of several nodes are merged with
// the same promise (Agarwal et al. 2012): who is missing from a node's list may have had as many hits there
// as the least one in it.
//
// Thread-compatible.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

struct TopEntry {
  Key key;
  std::string name;  // empty: not shown
  int64_t hits = 0;  // refused + failures, and what may be too much
  int64_t error = 0;
  int64_t attempts = 0;  // seen since it came into the list
  int64_t refused = 0;
  int64_t failures = 0;
};

// A list, most hits first, and how many hits those may have that are not in it.
struct TopList {
  std::vector<TopEntry> entries;
  int64_t unlisted_max = 0;
};

// Of all of them together.
[[nodiscard]] TopList Merge(const std::vector<TopList>& lists);
// The first `count` entries.
[[nodiscard]] TopList Shorten(TopList list, size_t count);

class TopHits {
 public:
  // Keeps two generations of an hour each, of at most `capacity` entries. Requires: capacity > 0.
  explicit TopHits(size_t capacity) : capacity_(capacity) {}

  // An attempt. `name` is kept when it is not empty.
  void AddAttempt(const Key& key, std::string_view name, bool refused, TimePoint now);
  void AddFailure(const Key& key, TimePoint now);
  // So many hits could not be looked at: whose they were is not known.
  void AddMissed(int64_t hits, TimePoint now);

  // Those with most hits first.
  [[nodiscard]] TopList List(TimePoint now);

 private:
  // Entries as a heap, the least hits on top, and where each key is.
  struct Generation {
    std::vector<TopEntry> heap;
    absl::flat_hash_map<Key, size_t> place;
    int64_t missed = 0;
    [[nodiscard]] TopList List(size_t capacity) const;
  };

  void Rotate(TimePoint now);
  TopEntry* Hit(const Key& key);
  TopEntry* Find(const Key& key);
  void SiftDown(size_t at);

  const size_t capacity_;
  int64_t hour_ = 0;
  Generation current_;
  Generation previous_;
};

}  // namespace latchkey
