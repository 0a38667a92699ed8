#include "adapters/policy_file/values.h"

#include <array>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/policy_file/suggest.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kDurationForm = "a duration such as 30s, 15m, 1h30m, 24h or 30d";
constexpr size_t kQuotedMax = 60;

struct Unit {
  std::string_view name;
  Duration length;
};
// From large to small: the order in which they may follow one another.
constexpr std::array<Unit, 5> kUnits = {
    {{"d", hours(24)}, {"h", hours(1)}, {"m", minutes(1)}, {"s", seconds(1)}, {"ms", Duration(1)}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "'abc'", cut when long: what a message repeats of the file.
std::string Quoted(std::string_view text) {
  if (text.size() > kQuotedMax) return absl::StrCat("'", ToAbsl(text.substr(0, kQuotedMax)), "…'");
  return absl::StrCat("'", ToAbsl(text), "'");
}

// Digits only, so that signs, spaces and hexadecimal are mistakes; nothing for more than `max`.
std::optional<int64_t> WholeFromText(std::string_view text, int64_t max) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  int64_t value = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value <= max ? std::optional(value) : std::nullopt;
}

bool IsScalar(const YamlNode& node) { return node.kind == YamlNode::Kind::kScalar; }

std::optional<CountPer> ReadCountPer(const YamlNode& node, std::string_view what, Problems& problems) {
  constexpr std::string_view kForm = "'COUNT per DURATION', such as 4 per 24h";
  constexpr std::string_view kPer = " per ";
  if (!IsScalar(node)) {
    Expected(node, what, kForm, problems);
    return std::nullopt;
  }
  const std::string_view text = node.text;
  const size_t per = text.find(kPer);
  if (per == std::string_view::npos) {
    Expected(node, what, kForm, problems);
    return std::nullopt;
  }
  const std::optional<int64_t> count = WholeFromText(text.substr(0, per), WholeRange{}.max);
  const std::optional<Duration> window = DurationFromText(text.substr(per + kPer.size()));
  if (!count || *count < 1 || !window || *window <= Duration::zero()) {
    Expected(node, what, kForm, problems);
    return std::nullopt;
  }
  return CountPer{.count = *count, .window = *window, .at = node.at};
}

}  // namespace

void Expected(const YamlNode& node, std::string_view what, std::string_view wanted, Problems& problems) {
  problems.Add(node.at, absl::StrCat(ToAbsl(what), " wants ", ToAbsl(wanted), ", not ",
                                     IsScalar(node) ? Quoted(node.text) : std::string(YamlKindName(node))));
}

std::optional<Duration> DurationFromText(std::string_view text) {
  if (text.empty()) return std::nullopt;
  Duration total{0};
  size_t next_unit = 0;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && IsDigit(text[digits])) ++digits;
    size_t letters = digits;
    while (letters < text.size() && !IsDigit(text[letters])) ++letters;
    const std::string_view name = text.substr(digits, letters - digits);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    const Duration length = kUnits[next_unit++].length;
    const std::optional<int64_t> count = WholeFromText(text.substr(0, digits), kDurationMax / length);
    if (!count) return std::nullopt;
    total += *count * length;
    if (total > kDurationMax) return std::nullopt;
    text.remove_prefix(letters);
  }
  return total;
}

std::optional<std::string> ReadText(const YamlNode& node, std::string_view what, Problems& problems) {
  if (IsScalar(node) && !node.text.empty()) return node.text;
  Expected(node, what, "some text", problems);
  return std::nullopt;
}

std::optional<bool> ReadYesNo(const YamlNode& node, std::string_view what, Problems& problems) {
  if (IsScalar(node) && !node.quoted) {
    if (node.text == "true") return true;
    if (node.text == "false") return false;
  }
  Expected(node, what, "true or false", problems);
  return std::nullopt;
}

std::optional<Duration> ReadDuration(const YamlNode& node, std::string_view what, Problems& problems) {
  const std::optional<Duration> duration = IsScalar(node) ? DurationFromText(node.text) : std::nullopt;
  if (duration && *duration > Duration::zero()) return duration;
  Expected(node, what, absl::StrCat(ToAbsl(kDurationForm), " (more than nothing, at most 3650d)"), problems);
  return std::nullopt;
}

std::optional<int64_t> ReadWhole(const YamlNode& node, std::string_view what, WholeRange range,
                                 Problems& problems) {
  const std::optional<int64_t> value =
      IsScalar(node) && !node.quoted ? WholeFromText(node.text, range.max) : std::nullopt;
  if (value && *value >= range.min) return value;
  Expected(node, what, absl::StrCat("a whole number from ", range.min, " to ", range.max), problems);
  return std::nullopt;
}

std::optional<double> ReadNumber(const YamlNode& node, std::string_view what, NumberRange range,
                                 Problems& problems) {
  double value = 0;
  if (IsScalar(node) && !node.quoted && node.text.size() <= 20 &&
      node.text.find_first_not_of("0123456789.") == std::string::npos &&
      absl::SimpleAtod(node.text, &value) && std::isfinite(value) && value >= range.min &&
      value <= range.max) {
    return value;
  }
  Expected(node, what, absl::StrCat("a number from ", range.min, " to ", range.max), problems);
  return std::nullopt;
}

std::optional<size_t> ReadChoice(const YamlNode& node, std::string_view what,
                                 std::span<const std::string_view> names, Problems& problems) {
  if (!IsScalar(node)) {
    Expected(node, what, "one word", problems);
    return std::nullopt;
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == node.text) return i;
  }
  problems.Add(node.at, absl::StrCat(Quoted(node.text), " is not ", ToAbsl(what)), Suggest(node.text, names));
  return std::nullopt;
}

std::span<const YamlNode> ItemsOf(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kSequence) return node.items;
  return {&node, 1};
}

std::vector<CountPer> ReadCountsPer(const YamlNode& node, std::string_view what, Problems& problems) {
  std::vector<CountPer> counts;
  for (const YamlNode& item : ItemsOf(node)) {
    if (const std::optional<CountPer> count = ReadCountPer(item, what, problems)) counts.push_back(*count);
  }
  if (node.kind == YamlNode::Kind::kSequence && node.items.empty()) {
    problems.Add(node.at, absl::StrCat(ToAbsl(what), " is an empty list"),
                 "say at least one, such as [4 per 24h]");
  }
  return counts;
}

}  // namespace latchkey
