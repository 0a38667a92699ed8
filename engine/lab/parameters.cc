#include "engine/lab/parameters.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

namespace latchkey::lab {
namespace {

struct Unit {
  std::string_view name;
  int64_t ms;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr int64_t kTimeMax = 3650LL * 86'400'000;

absl::Status Unfit(const Parameter& parameter, std::string_view text, const std::string& wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", ToAbsl(parameter.name), "' wants ", wanted, ", not '", ToAbsl(text), "'"));
}

std::string BoundsText(const Parameter& parameter, const std::string& what) {
  return absl::StrCat(what, " from ", ValueText(parameter, parameter.min), " to ",
                      ValueText(parameter, parameter.max));
}

}  // namespace

std::vector<Parameter> WithDefaults(std::span<const Parameter> parameters,
                                    std::initializer_list<OtherDefault> others,
                                    std::span<const Parameter> more) {
  std::vector<Parameter> all(parameters.begin(), parameters.end());
  for (const OtherDefault& other : others) {
    auto found =
        std::find_if(all.begin(), all.end(), [&](const Parameter& p) { return p.name == other.name; });
    LATCHKEY_CHECK(found != all.end());
    found->value = other.value;
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Values::Values(std::span<const Parameter> parameters) {
  for (const Parameter& parameter : parameters) Set(parameter.name, parameter.value);
}

absl::Status Values::Set(const Parameter& parameter, std::string_view text) {
  using Type = Parameter::Type;
  double value = 0;
  switch (parameter.type) {
    case Type::kWord: {
      const auto found = std::find(parameter.words.begin(), parameter.words.end(), text);
      if (found == parameter.words.end())
        return Unfit(parameter, text,
                     absl::StrCat("one of ",
                                  absl::StrJoin(parameter.words, ", ", [](auto* out, std::string_view word) {
                                    out->append(word);
                                  })));
      value = static_cast<double>(found - parameter.words.begin());
      break;
    }
    case Type::kTime: {
      const std::optional<Duration> time = TimeFromText(text);
      if (!time) return Unfit(parameter, text, "a time such as 30s, 15m or 7d");
      value = static_cast<double>(time->count());
      if (value < parameter.min || value > static_cast<double>(kTimeMax))
        return Unfit(parameter, text,
                     absl::StrCat("a time of at least ", ValueText(parameter, parameter.min)));
      break;
    }
    default: {
      if (!absl::SimpleAtod(ToAbsl(text), &value) || !std::isfinite(value) || value < parameter.min ||
          value > parameter.max)
        return Unfit(parameter, text, BoundsText(parameter, "a number"));
      if (parameter.type == Type::kCount && value != std::floor(value))
        return Unfit(parameter, text, BoundsText(parameter, "a whole number"));
      break;
    }
  }
  Set(parameter.name, value);
  return absl::OkStatus();
}

double Values::Number(std::string_view name) const {
  const auto found = values_.find(name);
  LATCHKEY_CHECK(found != values_.end());
  return found->second;
}

std::optional<Duration> TimeFromText(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t total = 0;
  size_t unit_from = 0;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
    int64_t number = 0;
    if (digits == 0 || digits > 10 || !absl::SimpleAtoi(ToAbsl(text.substr(0, digits)), &number))
      return std::nullopt;
    text.remove_prefix(digits);
    size_t letters = 0;
    while (letters < text.size() && absl::ascii_isalpha(static_cast<unsigned char>(text[letters]))) ++letters;
    const std::string_view word = text.substr(0, letters);
    size_t unit = unit_from;
    while (unit < kUnits.size() && kUnits[unit].name != word) ++unit;
    if (unit == kUnits.size() || number > kTimeMax / kUnits[unit].ms) return std::nullopt;
    total += number * kUnits[unit].ms;
    if (total > kTimeMax) return std::nullopt;
    unit_from = unit + 1;
    text.remove_prefix(letters);
  }
  return Duration(total);
}

std::string TimeText(Duration time) {
  if (time == Duration::zero()) return "0s";
  std::string text;
  int64_t rest = time.count();
  for (const Unit& unit : kUnits) {
    if (rest >= unit.ms) absl::StrAppend(&text, rest / unit.ms, ToAbsl(unit.name));
    rest %= unit.ms;
  }
  return text;
}

std::string ValueText(const Parameter& parameter, double value) {
  if (parameter.type == Parameter::Type::kWord)
    return std::string(parameter.words[static_cast<size_t>(value)]);
  if (parameter.type == Parameter::Type::kTime) return TimeText(Duration(static_cast<int64_t>(value)));
  return absl::StrCat(value);
}

}  // namespace latchkey::lab
