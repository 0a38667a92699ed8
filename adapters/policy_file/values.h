// Reading single values. Each function adds what is wrong to `problems` and then returns nothing; `what`
// names the value in messages ("the window of a limit").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/policy_file/yaml_tree.h"
#include "engine/base/clock.h"

namespace latchkey {

// Ten years: sums of such durations never overflow, and nothing meant to end lasts longer.
inline constexpr Duration kDurationMax = std::chrono::hours(24 * 3650);

// "30s", "15m", "24h", "90d", "1h30m", "500ms": units from large to small, each at most once.
// Nothing for other text and for more than kDurationMax.
[[nodiscard]] std::optional<Duration> DurationFromText(std::string_view text);

[[nodiscard]] std::optional<std::string> ReadText(const YamlNode& node, std::string_view what,
                                                  Problems& problems);
[[nodiscard]] std::optional<bool> ReadYesNo(const YamlNode& node, std::string_view what, Problems& problems);
// Longer than nothing.
[[nodiscard]] std::optional<Duration> ReadDuration(const YamlNode& node, std::string_view what,
                                                   Problems& problems);

struct WholeRange {
  int64_t min = 1;
  int64_t max = 1'000'000;
};
[[nodiscard]] std::optional<int64_t> ReadWhole(const YamlNode& node, std::string_view what, WholeRange range,
                                               Problems& problems);

struct NumberRange {
  double min = 0;
  double max = 1000;
};
[[nodiscard]] std::optional<double> ReadNumber(const YamlNode& node, std::string_view what, NumberRange range,
                                               Problems& problems);

// Index into `names`.
[[nodiscard]] std::optional<size_t> ReadChoice(const YamlNode& node, std::string_view what,
                                               std::span<const std::string_view> names, Problems& problems);

// "4 per 24h".
struct CountPer {
  int64_t count = 0;
  Duration window{0};
  TextPosition at;
};
// One "4 per 24h" or a list of them.
[[nodiscard]] std::vector<CountPer> ReadCountsPer(const YamlNode& node, std::string_view what,
                                                  Problems& problems);

// A list's items; a single value stands for a list of one.
[[nodiscard]] std::span<const YamlNode> ItemsOf(const YamlNode& node);

// Adds "… wants X, not a list".
void Expected(const YamlNode& node, std::string_view what, std::string_view wanted, Problems& problems);

}  // namespace latchkey
