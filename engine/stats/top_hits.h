// Who was hit most often in the last hour or two, in bounded memory ("Space-Saving", Metwally et al. 2005).
//
// A hit is a refusal or a reported failure. A count may be too high by its `error`, never too low: whoever
// has more hits than the total divided by the capacity is in the list.
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

class TopHits {
 public:
  struct Entry {
    Key key;
    std::string name;  // empty: not shown
    int64_t hits = 0;  // refused + failures, and what may be too much
    int64_t error = 0;
    int64_t attempts = 0;  // seen since it came into the list
    int64_t refused = 0;
    int64_t failures = 0;
  };

  // Keeps two generations of an hour each, of at most `capacity` entries. Requires: capacity > 0.
  explicit TopHits(size_t capacity) : capacity_(capacity) {}

  // An attempt. `name` is kept when it is not empty.
  void AddAttempt(const Key& key, std::string_view name, bool refused, TimePoint now);
  void AddFailure(const Key& key, TimePoint now);

  // Those with most hits first.
  [[nodiscard]] std::vector<Entry> List(TimePoint now);

 private:
  // Entries as a heap, the least hits on top, and where each key is.
  struct Generation {
    std::vector<Entry> heap;
    absl::flat_hash_map<Key, size_t> place;
    [[nodiscard]] int64_t LeastHits(size_t capacity) const;
  };

  void Rotate(TimePoint now);
  Entry* Hit(const Key& key);
  Entry* Find(const Key& key);
  void SiftDown(size_t at);

  const size_t capacity_;
  int64_t hour_ = 0;
  Generation current_;
  Generation previous_;
};

}  // namespace latchkey
