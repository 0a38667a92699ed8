// What a receiver's answer means for a message.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/delivery/target.h"

namespace latchkey {

struct Answer {
  enum class Meaning : uint8_t {
    kDelivered,
    kAgain,     // try again later
    kRejected,  // this message will never be taken
    kGone,      // nothing is wanted here any more
  };
  Meaning meaning = Meaning::kAgain;
  std::string why;                      // for people; nothing that the receiver wrote
  std::optional<Duration> retry_after;  // as the receiver asked; unbounded here
  // The receiver spoke: it is there, whatever it said.
  bool reached = false;
};

// `status`: of HTTP. `retry_after`: the header's value, empty without one. `error_code`: the `err` of a body
// of RFC 8935 when it is one of the registered ones, empty otherwise.
[[nodiscard]] Answer ReadAnswer(MessageFormat format, int status, std::string_view retry_after,
                                std::string_view error_code, TimePoint now);

// The word itself when RFC 8935 registers it; empty otherwise.
[[nodiscard]] std::string_view KnownPushError(std::string_view code);

// Seconds or an HTTP date, from `now` on; nothing for other text and for the past.
[[nodiscard]] std::optional<Duration> ParseRetryAfter(std::string_view text, TimePoint now);

}  // namespace latchkey
