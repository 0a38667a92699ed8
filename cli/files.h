// Reading what a command is given, with errors that name the file.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include "absl/status/statusor.h"

namespace latchkey::cli {

inline constexpr size_t kFileBytesMax = size_t{1} << 20;

// The whole file; larger than kFileBytesMax is an error.
[[nodiscard]] absl::StatusOr<std::string> ReadFile(const std::string& path);

// The file, or all of `in` for "-".
[[nodiscard]] absl::StatusOr<std::string> ReadFileOrInput(const std::string& path, std::istream& in);

// One secret in a file, without the white space around it. Never empty, never more than a line.
[[nodiscard]] absl::StatusOr<std::string> ReadSecret(const std::string& path);

// A token, as the file or "-" (input) holds it: bare, or as the field `json_field` of a JSON object, so that
// what one verb prints is what the next one takes.
[[nodiscard]] absl::StatusOr<std::string> ReadToken(const std::string& path, std::istream& in,
                                                    const std::string& json_field);

}  // namespace latchkey::cli
