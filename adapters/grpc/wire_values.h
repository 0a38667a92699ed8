// Small values of the wire and their checks. A status of kInvalidArgument begins with the field's name.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/base/clock.h"

namespace latchkey {

void EncodeTime(TimePoint time, google::protobuf::Timestamp* out);
void EncodeDuration(Duration span, google::protobuf::Duration* out);

// Any instant of the years 1 to 9999, rounded down to a millisecond.
[[nodiscard]] absl::StatusOr<TimePoint> DecodeTime(std::string_view field,
                                                   const google::protobuf::Timestamp& time);
// Any span of protobuf's range (10 000 years), rounded down to a millisecond.
[[nodiscard]] absl::StatusOr<Duration> DecodeDuration(std::string_view field,
                                                      const google::protobuf::Duration& span);

// `text` has a length of `bytes_min` to `bytes_max`.
[[nodiscard]] absl::Status CheckText(std::string_view field, std::string_view text, size_t bytes_min,
                                     size_t bytes_max);

// What a list is asked for: `page_size` of 0 is `usual`; negative or above `most` is wrong.
[[nodiscard]] absl::StatusOr<size_t> DecodePageSize(int page_size, int usual, int most);

// Page tokens of lists that count from 0. Empty is 0.
[[nodiscard]] absl::StatusOr<size_t> DecodeOffset(std::string_view page_token);
[[nodiscard]] std::string EncodeOffset(size_t offset);

// "field: why".
[[nodiscard]] absl::Status WrongField(std::string_view field, std::string_view why);

}  // namespace latchkey
