// What INFO and CLUSTER INFO say: lines "name:value" that end with CR LF, under headings "# Section".
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace latchkey {

// The value in the first line of just this name; it may be empty. Nothing when there is no such line.
[[nodiscard]] inline std::optional<std::string_view> InfoField(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const size_t end = info.find_first_of("\r\n");
    const std::string_view line = info.substr(0, end);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return line.substr(name.size() + 1);
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 1);
  }
  return std::nullopt;
}

// The same as a whole number. Nothing when it is none, or not that alone.
[[nodiscard]] inline std::optional<int64_t> InfoNumber(std::string_view info, std::string_view name) {
  const std::optional<std::string_view> text = InfoField(info, name);
  if (!text) return std::nullopt;
  int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

}  // namespace latchkey
