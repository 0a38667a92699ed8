// What was known of an attempt when it was asked about, for when its outcome is reported.
//
// A report carries no tags and no tenant. A fixed number of the latest attempts; one that is overwritten, or
// reported to another node, has no note. Thread-safe without a lock: a note is one word.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

namespace latchkey {

// What an attempt had proved before its lane was spent.
enum class Fell : uint8_t { kNowhere = 0, kFromDevice = 1, kFromElsewhere = 2 };

struct AttemptNote {
  std::optional<uint16_t> tenant_tag;
  bool popular_password = false;
  uint8_t tenant = 0;  // below 32
  Fell fell = Fell::kNowhere;
};

class AttemptNotes {
 public:
  // Requires: a power of two.
  explicit AttemptNotes(size_t capacity) : words_(capacity) {}

  void Put(uint64_t decision, const AttemptNote& note) {
    const uint64_t word =
        (Check(decision) << kCheckShift) | (static_cast<uint64_t>(note.tenant & 31U) << 20U) |
        (static_cast<uint64_t>(note.fell) << 18U) | (static_cast<uint64_t>(note.popular_password) << 17U) |
        (static_cast<uint64_t>(note.tenant_tag.has_value()) << 16U) | note.tenant_tag.value_or(0);
    words_[decision % words_.size()].store(word, std::memory_order_relaxed);
  }
  // Tags of right passwords are not kept.
  void Forget(uint64_t decision) {
    std::atomic<uint64_t>& word = words_[decision % words_.size()];
    if (word.load(std::memory_order_relaxed) >> kCheckShift == Check(decision))
      word.store(0, std::memory_order_relaxed);
  }
  [[nodiscard]] std::optional<AttemptNote> Get(uint64_t decision) const {
    const uint64_t word = words_[decision % words_.size()].load(std::memory_order_relaxed);
    if (word >> kCheckShift != Check(decision)) return std::nullopt;
    AttemptNote note;
    if ((word >> 16U & 1U) != 0) note.tenant_tag = static_cast<uint16_t>(word);
    note.popular_password = (word >> 17U & 1U) != 0;
    note.fell = static_cast<Fell>(word >> 18U & 3U);
    note.tenant = static_cast<uint8_t>(word >> 20U & 31U);
    return note;
  }

 private:
  static constexpr unsigned kCheckShift = 25;
  // Never zero: an empty word is nobody's.
  static uint64_t Check(uint64_t decision) {
    return (decision >> 20U & ((uint64_t{1} << (64 - kCheckShift)) - 1)) | 1U;
  }

  std::vector<std::atomic<uint64_t>> words_;
};

}  // namespace latchkey
