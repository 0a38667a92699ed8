// What this node was told of attempts, so that a failure needs no word to the store.
//
// A charge that is never given back is the failure: the store need not hear of a wrong password. That the
// same attempt is reported again, and that its first word was another, is known here. Another node that hears
// a second, contradicting report of the same attempt cannot know it, and believes it.
//
// Thread-safe, bounded.
#pragma once

#include <array>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"
#include "engine/base/mutex.h"

namespace latchkey {

class ReportedAttempts {
 public:
  // How many are kept of each two lives of a token.
  static constexpr size_t kKept = size_t{1} << 20U;

  // `token_life`: for so long at least a report is known.
  explicit ReportedAttempts(Duration token_life, size_t kept = kKept)
      : token_life_(token_life), kept_each_(kept / kLocks / 2 + 1) {}

  enum class Word : uint8_t { kFailed, kOther };
  // kFull: nothing is known, and this was not noted either, since too many reports came of late.
  enum class Known : uint8_t { kNothing, kFailed, kOther, kFull };

  // What was said of the attempt before. If nothing was, this is noted.
  [[nodiscard]] Known Note(const Key& account, uint64_t reservation, Word word, TimePoint now);

 private:
  static constexpr size_t kLocks = 16;
  struct Part {
    Mutex mutex;
    TimePoint turned ABSL_GUARDED_BY(mutex);
    absl::flat_hash_map<uint64_t, Word> latest ABSL_GUARDED_BY(mutex);
    absl::flat_hash_map<uint64_t, Word> before ABSL_GUARDED_BY(mutex);
  };
  void Turn(Part& part, TimePoint now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(part.mutex);

  const Duration token_life_;
  const size_t kept_each_;
  std::array<Part, kLocks> parts_;
};

}  // namespace latchkey
