// Words on the command line, and times as people read them: login-complete, 15m, 12:00:01.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/time/time.h"
#include "cli/enum_words.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace latchkey::cli {

// Binds an option or argument that takes such a word.
template <class Enum>
CLI::Option* AddEnum(CLI::App& app, const std::string& names, Enum& target, const std::string& help);
template <class Enum>
CLI::Option* AddEnums(CLI::App& app, const std::string& names, std::vector<Enum>& target,
                      const std::string& help);

// "1h30m", "15m", "800ms"; empty for nothing.
[[nodiscard]] std::string DurationWord(absl::Duration duration);
[[nodiscard]] std::string DurationWord(const google::protobuf::Duration& duration);

[[nodiscard]] absl::Time ToTime(const google::protobuf::Timestamp& stamp);
// "2026-11-21 12:00:01Z"
[[nodiscard]] std::string TimeWord(const google::protobuf::Timestamp& stamp);
// "12:15:01Z (in 15m)"; the day is shown when it is not today's.
[[nodiscard]] std::string UntilWord(const google::protobuf::Timestamp& stamp, absl::Time now);
// "3h ago"
[[nodiscard]] std::string SinceWord(const google::protobuf::Timestamp& stamp, absl::Time now);

// "1 event", "2 events".
[[nodiscard]] std::string Counted(int64_t count, const std::string& noun);

// ---- implementation ----

CLI::Option* AddWords(CLI::App& app, const std::string& names, const google::protobuf::EnumDescriptor& type,
                      std::function<void(int)> take, const std::string& help);

template <class Enum>
CLI::Option* AddEnum(CLI::App& app, const std::string& names, Enum& target, const std::string& help) {
  return AddWords(
      app, names, *google::protobuf::GetEnumDescriptor<Enum>(),
      [&target](int number) { target = static_cast<Enum>(number); }, help);
}

template <class Enum>
CLI::Option* AddEnums(CLI::App& app, const std::string& names, std::vector<Enum>& target,
                      const std::string& help) {
  return AddWords(
             app, names, *google::protobuf::GetEnumDescriptor<Enum>(),
             [&target](int number) { target.push_back(static_cast<Enum>(number)); }, help)
      ->expected(1, 32)
      ->allow_extra_args(false)
      ->delimiter(',');
}

}  // namespace latchkey::cli
