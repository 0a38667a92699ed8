#include "cli/words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace latchkey::cli {
namespace {

absl::Duration Rounded(absl::Duration duration) {
  const absl::Duration grain = duration < absl::Seconds(10)  ? absl::Milliseconds(1)
                               : duration < absl::Minutes(2) ? absl::Milliseconds(100)
                               : duration < absl::Hours(2)   ? absl::Seconds(1)
                               : duration < absl::Hours(48)  ? absl::Minutes(1)
                                                             : absl::Hours(1);
  return absl::Trunc(duration, grain);
}

}  // namespace

CLI::Option* AddWords(CLI::App& app, const std::string& names, const google::protobuf::EnumDescriptor& type,
                      std::function<void(int)> take, const std::string& help) {
  const std::string choices = absl::StrJoin(EnumWords(type), "|");
  return app
      .add_option_function<std::vector<std::string>>(
          names,
          [&type, take = std::move(take)](const std::vector<std::string>& words) {
            for (const std::string& word : words) take(EnumNumber(type, word));
          },
          help)
      ->expected(1)
      ->check([&type, choices](const std::string& word) {
        return EnumNumber(type, word) != 0 ? std::string()
                                           : absl::StrCat("'", word, "' is none of ", choices);
      })
      ->type_name(choices);
}

std::string DurationWord(absl::Duration duration) {
  if (duration == absl::ZeroDuration()) return "";
  if (duration == absl::InfiniteDuration()) return "ever";
  if (duration >= absl::Hours(48)) {
    const int64_t days = duration / absl::Hours(24);
    const absl::Duration rest = absl::Trunc(duration - absl::Hours(24) * days, absl::Hours(1));
    return absl::StrCat(days, "d", rest == absl::ZeroDuration() ? "" : DurationWord(rest));
  }
  std::string text = absl::FormatDuration(Rounded(duration));
  // "1h0m0s" reads "1h".
  const auto drop = [&text](const char* zero) {
    const size_t length = std::char_traits<char>::length(zero);
    if (text.size() > length && text.ends_with(zero) && absl::ascii_isalpha(text[text.size() - length - 1])) {
      text.resize(text.size() - length);
    }
  };
  drop("0s");
  drop("0m");
  return text;
}

std::string DurationWord(const google::protobuf::Duration& duration) {
  return DurationWord(absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos()));
}

absl::Time ToTime(const google::protobuf::Timestamp& stamp) {
  return absl::FromUnixSeconds(stamp.seconds()) + absl::Nanoseconds(stamp.nanos());
}

std::string TimeWord(const google::protobuf::Timestamp& stamp) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", ToTime(stamp), absl::UTCTimeZone());
}

std::string UntilWord(const google::protobuf::Timestamp& stamp, absl::Time now) {
  const absl::Time time = ToTime(stamp);
  const absl::TimeZone utc = absl::UTCTimeZone();
  const bool today = absl::ToCivilDay(time, utc) == absl::ToCivilDay(now, utc);
  const std::string shown = absl::FormatTime(today ? "%H:%M:%SZ" : "%Y-%m-%d %H:%M:%SZ", time, utc);
  if (time <= now) return shown;
  return absl::StrCat(shown, " (in ", DurationWord(absl::Ceil(time - now, absl::Seconds(1))), ")");
}

std::string SinceWord(const google::protobuf::Timestamp& stamp, absl::Time now) {
  const absl::Duration age = now - ToTime(stamp);
  return age < absl::Seconds(1) ? "now"
                                : absl::StrCat(DurationWord(absl::Trunc(age, absl::Seconds(1))), " ago");
}

std::string Counted(int64_t count, const std::string& noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace latchkey::cli
