#include "cli/log_formats/syslog_header.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey::cli {
namespace {

constexpr size_t kClassicLength = 15;  // "Nov 21 12:00:01"
constexpr size_t kStampLengthMax = 40;

// Takes the text up to the next space off the front of `rest`.
std::string_view TakeWord(std::string_view& rest) {
  const size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

void SkipPriority(std::string_view& line) {
  if (!line.starts_with('<')) return;
  const size_t end = line.find('>');
  if (end != std::string_view::npos && end <= 4) line.remove_prefix(end + 1);
}

std::optional<absl::Time> ParseInternetTime(std::string_view stamp) {
  absl::Time time;
  if (stamp.size() > kStampLengthMax ||
      !absl::ParseTime("%Y-%m-%d%ET%H:%M:%E*S%Ez", ToAbsl(stamp), &time, nullptr)) {
    return std::nullopt;
  }
  return time;
}

std::optional<absl::Time> ParseClassicTime(std::string_view stamp, absl::Time now, absl::TimeZone zone) {
  const int64_t year = absl::ToCivilYear(now, zone).year();
  // The coming year too: around New Year the log's clock may be ahead of ours.
  for (const int64_t candidate : {year + 1, year, year - 1}) {
    absl::Time time;
    const std::string dated = absl::StrCat(candidate, " ", ToAbsl(stamp));
    if (absl::ParseTime("%Y %b %e %H:%M:%S", dated, zone, &time, nullptr) && time <= now + absl::Hours(24)) {
      return time;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<absl::Time> TakeLogTime(std::string_view& line, absl::Time now, absl::TimeZone zone) {
  if (!line.empty() && line[0] >= '0' && line[0] <= '9') return ParseInternetTime(TakeWord(line));
  if (line.size() <= kClassicLength || line[kClassicLength] != ' ') return std::nullopt;
  const auto time = ParseClassicTime(line.substr(0, kClassicLength), now, zone);
  line.remove_prefix(kClassicLength + 1);
  return time;
}

std::optional<SyslogLine> ParseSyslog(std::string_view line, absl::Time now, absl::TimeZone zone) {
  SkipPriority(line);
  const std::optional<absl::Time> time = TakeLogTime(line, now, zone);
  if (!time) return std::nullopt;
  TakeWord(line);  // the host
  SyslogLine parsed{*time, {}, {}};
  std::string_view tag = TakeWord(line);
  if (!tag.ends_with(':')) return parsed;  // "-- MARK --" and the like: no program of interest
  tag.remove_suffix(1);
  parsed.program = tag.substr(0, tag.find('['));
  parsed.message = line;
  return parsed;
}

}  // namespace latchkey::cli
