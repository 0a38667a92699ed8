// Writes the fields of a message without one.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "engine/attempt/attempt.h"
#include "engine/base/clock.h"

namespace latchkey {

// Writes fields in the order in which they come, where there is room for all of them; those that have their
// usual value are left out, as in every message.
class FieldWriter {
 public:
  explicit FieldWriter(uint8_t* at) : at_(at) {}

  [[nodiscard]] uint8_t* at() const { return at_; }

  void Number(int field, int64_t value) {
    if (value == 0) return;
    Tag(field, WireFormat::WIRETYPE_VARINT);
    at_ = Stream::WriteVarint64ToArray(static_cast<uint64_t>(value), at_);
  }
  void Text(int field, std::string_view text) {
    if (text.empty()) return;
    Tag(field, WireFormat::WIRETYPE_LENGTH_DELIMITED);
    at_ = Stream::WriteVarint32ToArray(static_cast<uint32_t>(text.size()), at_);
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  // `write` writes the fields of the message in it. They are moved when their size takes more or fewer bytes
  // than that of `about` many, so there is room for those too.
  template <typename Write>
  void Message(int field, size_t about, Write write) {
    Tag(field, WireFormat::WIRETYPE_LENGTH_DELIMITED);
    uint8_t* const begin = at_;
    const size_t left_free = Stream::VarintSize32(static_cast<uint32_t>(about));
    at_ += left_free;
    write();
    const auto size = static_cast<uint32_t>(at_ - begin) - static_cast<uint32_t>(left_free);
    const size_t needed = Stream::VarintSize32(size);
    if (needed != left_free) std::memmove(begin + needed, begin + left_free, size);
    at_ = Stream::WriteVarint32ToArray(size, begin) + size;
  }
  // One of the usual size, which takes one byte.
  template <typename Write>
  void Message(int field, Write write) {
    Message(field, 0, write);
  }
  void Numbers(int field, std::span<const ChallengeKind> values) {
    if (values.empty()) return;
    Message(field, [&] {
      for (const ChallengeKind value : values)
        at_ = Stream::WriteVarint32ToArray(static_cast<uint32_t>(value), at_);
    });
  }
  void Time(int field, TimePoint time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    Span(field, seconds.time_since_epoch().count(), time - seconds);
  }
  void Wait(int field, Duration wait) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    Span(field, seconds.count(), wait - seconds);
  }

 private:
  using WireFormat = google::protobuf::internal::WireFormatLite;
  using Stream = google::protobuf::io::CodedOutputStream;

  void Tag(int field, WireFormat::WireType type) { at_ = WireFormat::WriteTagToArray(field, type, at_); }
  // Timestamps and durations have the same fields.
  void Span(int field, int64_t seconds, std::chrono::nanoseconds rest) {
    constexpr int kSeconds = google::protobuf::Timestamp::kSecondsFieldNumber;
    constexpr int kNanos = google::protobuf::Timestamp::kNanosFieldNumber;
    static_assert(kSeconds == int{google::protobuf::Duration::kSecondsFieldNumber} &&
                  kNanos == int{google::protobuf::Duration::kNanosFieldNumber});
    Message(field, [&] {
      Number(kSeconds, seconds);
      Number(kNanos, rest.count());
    });
  }

  uint8_t* at_;
};

}  // namespace latchkey
