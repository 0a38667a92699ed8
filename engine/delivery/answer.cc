#include "engine/delivery/answer.h"

#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr std::array<std::string_view, 6> kPushErrors = {"invalid_request",       "invalid_key",
                                                         "invalid_issuer",        "invalid_audience",
                                                         "authentication_failed", "access_denied"};

// What the receiver says of the message itself: saying it again changes nothing. The others (a wrong key, a
// wrong address, not yet allowed) are mended on one of the two sides.
bool SpeaksOfTheMessage(int status) {
  return status == 400 || status == 405 || status == 406 || status == 411 || status == 413 || status == 415 ||
         status == 422;
}

bool Accepted(MessageFormat format, int status) {
  // RFC 8935 knows one word for yes; another may come from a page in between.
  if (format == MessageFormat::kSecurityEvent) return status == 202;
  return status >= 200 && status < 300;
}

}  // namespace

std::string_view KnownPushError(std::string_view code) {
  for (const std::string_view known : kPushErrors) {
    if (known == code) return known;
  }
  return {};
}

std::optional<Duration> ParseRetryAfter(std::string_view text, TimePoint now) {
  int64_t seconds = 0;
  if (absl::SimpleAtoi(ToAbsl(text), &seconds)) {
    constexpr int64_t kSecondsMax = 86'400LL * 366;
    if (seconds < 0) return std::nullopt;
    return std::chrono::seconds(std::min(seconds, kSecondsMax));
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", ToAbsl(text), &time, &error)) return std::nullopt;
  // The parser knows endless times as well, which no sum of milliseconds holds.
  if (time == absl::InfiniteFuture() || time <= absl::FromUnixMillis(now.time_since_epoch().count()))
    return std::nullopt;
  return std::chrono::milliseconds(absl::ToUnixMillis(time)) - now.time_since_epoch();
}

Answer ReadAnswer(MessageFormat format, int status, std::string_view retry_after, std::string_view error_code,
                  TimePoint now) {
  Answer answer{.why = absl::StrCat("HTTP ", status), .reached = true};
  if (Accepted(format, status)) {
    answer.meaning = Answer::Meaning::kDelivered;
    return answer;
  }
  if (status == 410) {
    answer.meaning = Answer::Meaning::kGone;
    return answer;
  }
  if (const std::string_view known = KnownPushError(error_code); !known.empty()) {
    absl::StrAppend(&answer.why, " ", ToAbsl(known));
    if (status == 400 && known != "invalid_request") return answer;
  }
  if (status >= 300 && status < 400) answer.why += ": redirects are not followed";
  if (SpeaksOfTheMessage(status)) {
    answer.meaning = Answer::Meaning::kRejected;
    return answer;
  }
  // An unexpected yes or a server in trouble: as if it had not been reached.
  answer.reached = status >= 400 && status < 500 && status != 429 && status != 408;
  answer.retry_after = ParseRetryAfter(retry_after, now);
  return answer;
}

}  // namespace latchkey
