// Bytes that are passed on by value, or kept in a place that is used again. Most are few, and need no block
// of memory then.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace latchkey {

// Value type; thread-compatible. Keeps the block that it once needed.
template <size_t kInPlace>
class FewBytes {
 public:
  // Not defaulted: that would clear its memory where it is part of a value that is initialised.
  FewBytes() {}  // NOLINT(modernize-use-equals-default)
  FewBytes(const FewBytes& other) { Assign(other.View()); }
  FewBytes(FewBytes&& other) noexcept { Take(other); }
  FewBytes& operator=(const FewBytes& other) {
    if (this != &other) Assign(other.View());
    return *this;
  }
  FewBytes& operator=(FewBytes&& other) noexcept {
    if (this != &other) Take(other);
    return *this;
  }
  ~FewBytes() = default;

  // Requires: these are not some of its own.
  void Assign(std::string_view bytes) {
    if (bytes.size() > std::max(kInPlace, room_)) {
      large_ = std::make_unique_for_overwrite<char[]>(bytes.size());
      room_ = bytes.size();
    }
    size_ = bytes.size();
    if (size_ > 0) std::memcpy(few() ? small_ : large_.get(), bytes.data(), size_);
  }
  void Clear() { size_ = 0; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Valid until it is changed, moved or gone.
  [[nodiscard]] std::string_view View() const { return {few() ? small_ : large_.get(), size_}; }

 private:
  [[nodiscard]] bool few() const { return size_ <= kInPlace; }
  void Take(FewBytes& other) {
    large_ = std::move(other.large_);
    room_ = std::exchange(other.room_, 0);
    size_ = std::exchange(other.size_, 0);
    if (few() && size_ > 0) std::memcpy(small_, other.small_, size_);
  }

  std::unique_ptr<char[]> large_;  // when they are, or were, more
  size_t room_ = 0;                // there
  size_t size_ = 0;
  char small_[kInPlace];
};

}  // namespace latchkey
