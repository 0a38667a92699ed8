// One message on an arena whose memory is used again: whatever is in it, a message of the usual size asks the
// heap for little more than its long strings.
#pragma once

#include <google/protobuf/arena.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <optional>

namespace latchkey {

// Thread-compatible. Keeps at most `kBlockMax` bytes for the next message.
template <typename Message>
class ArenaFrame {
 public:
  ArenaFrame() { Begin(); }

  [[nodiscard]] Message& message() { return *message_; }

  // Empties the message; pointers into it are void.
  void Clear() {
    const size_t needed = arena_->SpaceAllocated();
    if (needed > size_ && size_ < kBlockMax) {
      size_ = std::min(std::bit_ceil(needed), kBlockMax);
      arena_.reset();
      block_.reset(new char[size_]);
      Begin();
    } else {
      arena_->Reset();
      message_ = google::protobuf::Arena::CreateMessage<Message>(&*arena_);
    }
  }

 private:
  static constexpr size_t kBlockMax = 128 * 1024;

  void Begin() {
    arena_.emplace(block_.get(), size_);
    message_ = google::protobuf::Arena::CreateMessage<Message>(&*arena_);
  }

  std::unique_ptr<char[]> block_;  // before the arena, which is in it
  size_t size_ = 0;
  std::optional<google::protobuf::Arena> arena_;
  Message* message_ = nullptr;
};

}  // namespace latchkey
