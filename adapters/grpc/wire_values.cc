#include "adapters/grpc/wire_values.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr int64_t kMillisPerSecond = 1000;
constexpr int32_t kNanosPerMilli = 1'000'000;
constexpr int32_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01
constexpr int64_t kLastSecond = 253'402'300'799;   // 9999-12-31
constexpr int64_t kSecondsMax = 315'576'000'000;   // of a protobuf Duration
constexpr size_t kOffsetMax = 1'000'000;

int64_t FloorSeconds(int64_t ms) {
  return ms >= 0 ? ms / kMillisPerSecond : -((-ms + 999) / kMillisPerSecond);
}

}  // namespace

void EncodeTime(TimePoint time, google::protobuf::Timestamp* out) {
  const int64_t ms = time.time_since_epoch().count();
  const int64_t seconds = FloorSeconds(ms);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(ms - seconds * kMillisPerSecond) * kNanosPerMilli);
}

void EncodeDuration(Duration span, google::protobuf::Duration* out) {
  out->set_seconds(span.count() / kMillisPerSecond);
  out->set_nanos(static_cast<int32_t>(span.count() % kMillisPerSecond) * kNanosPerMilli);
}

absl::StatusOr<TimePoint> DecodeTime(std::string_view field, const google::protobuf::Timestamp& time) {
  if (time.seconds() < kFirstSecond || time.seconds() > kLastSecond || time.nanos() < 0 ||
      time.nanos() >= kNanosPerSecond) {
    return WrongField(field, "not an instant of the years 1 to 9999");
  }
  return TimePoint(Duration(time.seconds() * kMillisPerSecond + time.nanos() / kNanosPerMilli));
}

absl::StatusOr<Duration> DecodeDuration(std::string_view field, const google::protobuf::Duration& span) {
  if (span.seconds() < -kSecondsMax || span.seconds() > kSecondsMax || span.nanos() <= -kNanosPerSecond ||
      span.nanos() >= kNanosPerSecond || (span.seconds() > 0 && span.nanos() < 0) ||
      (span.seconds() < 0 && span.nanos() > 0)) {
    return WrongField(field, "not a duration");
  }
  return Duration(span.seconds() * kMillisPerSecond + span.nanos() / kNanosPerMilli);
}

absl::Status CheckText(std::string_view field, std::string_view text, size_t bytes_min, size_t bytes_max) {
  if (text.size() >= bytes_min && text.size() <= bytes_max) return absl::OkStatus();
  if (text.empty()) return WrongField(field, "must not be empty");
  return WrongField(field,
                    absl::StrCat("must have ", bytes_min, " to ", bytes_max, " bytes, has ", text.size()));
}

absl::StatusOr<size_t> DecodePageSize(int page_size, int usual, int most) {
  if (page_size < 0 || page_size > most) {
    return WrongField("page_size", absl::StrCat("must be 0 to ", most));
  }
  return static_cast<size_t>(page_size == 0 ? usual : page_size);
}

absl::StatusOr<size_t> DecodeOffset(std::string_view page_token) {
  uint64_t offset = 0;
  if (page_token.empty()) return 0;
  if (!absl::SimpleAtoi(ToAbsl(page_token), &offset) || offset > kOffsetMax) {
    return WrongField("page_token", "not one that a list has answered");
  }
  return static_cast<size_t>(offset);
}

std::string EncodeOffset(size_t offset) { return absl::StrCat(offset); }

absl::Status WrongField(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(field), ": ", ToAbsl(why)));
}

}  // namespace latchkey
