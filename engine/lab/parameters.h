// What an actor of a scenario can be told: named values with a type, a default and bounds.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"

namespace latchkey::lab {

struct Parameter {
  enum class Type {
    kCount,   // a whole number; `--scale` multiplies it
    kNumber,  // a number that scaling leaves alone
    kShare,   // 0 … 1
    kTime,    // "30s"; kept in milliseconds
    kWord,    // one of `words`
  };
  std::string_view name;
  Type type = Type::kNumber;
  double value = 0;  // the default; of a word, its index
  std::string_view about;
  double min = 0;
  double max = 1e9;
  std::span<const std::string_view> words = {};
};

// Defaults that differ for one kind of actor.
struct OtherDefault {
  std::string_view name;
  double value;
};
[[nodiscard]] std::vector<Parameter> WithDefaults(std::span<const Parameter> parameters,
                                                  std::initializer_list<OtherDefault> others,
                                                  std::span<const Parameter> more = {});

// The values of one actor. Every parameter has one; asking for what is no parameter is a bug of ours.
class Values {
 public:
  explicit Values(std::span<const Parameter> parameters);

  // What a file says. kInvalidArgument, in words, for what does not fit the parameter.
  absl::Status Set(const Parameter& parameter, std::string_view text);
  void Set(std::string_view name, double value) { values_[std::string(name)] = value; }

  [[nodiscard]] double Number(std::string_view name) const;
  [[nodiscard]] int64_t Count(std::string_view name) const { return static_cast<int64_t>(Number(name)); }
  [[nodiscard]] Duration Time(std::string_view name) const { return Duration(Count(name)); }
  [[nodiscard]] bool Yes(std::string_view name) const { return Number(name) != 0; }

 private:
  std::map<std::string, double, std::less<>> values_;
};

inline constexpr std::string_view kNoYes[] = {"no", "yes"};

// Milliseconds, as defaults are written.
inline constexpr double kSecond = 1000;
inline constexpr double kMinute = 60 * kSecond;
inline constexpr double kHour = 60 * kMinute;
inline constexpr double kDayLong = 24 * kHour;

// "30s", "15m", "1h30m", "7d", "500ms"; nothing for other text.
[[nodiscard]] std::optional<Duration> TimeFromText(std::string_view text);
// The shortest text that TimeFromText reads back.
[[nodiscard]] std::string TimeText(Duration time);
// As a file would say it: "0.07", "30s", "victim".
[[nodiscard]] std::string ValueText(const Parameter& parameter, double value);

}  // namespace latchkey::lab
