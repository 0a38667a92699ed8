// Bytes that are passed on by value. Most are few, and need no block of memory then.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace latchkey {

// Value type; thread-compatible.
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
    if (bytes.size() > kInPlace) {
      large_ = std::make_unique_for_overwrite<char[]>(bytes.size());
    } else {
      large_.reset();
    }
    size_ = bytes.size();
    if (size_ > 0) std::memcpy(data(), bytes.data(), size_);
  }
  void Clear() {
    large_.reset();
    size_ = 0;
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Valid until it is changed, moved or gone.
  [[nodiscard]] std::string_view View() const { return {large_ != nullptr ? large_.get() : small_, size_}; }

 private:
  static constexpr size_t kInPlace = 120;

  char* data() { return large_ != nullptr ? large_.get() : small_; }
  void Take(FewBytes& other) {
    large_ = std::move(other.large_);
    size_ = std::exchange(other.size_, 0);
    if (large_ == nullptr && size_ > 0) std::memcpy(small_, other.small_, size_);
  }

  std::unique_ptr<char[]> large_;  // when they are more
  size_t size_ = 0;
  char small_[kInPlace];
};

}  // namespace latchkey
