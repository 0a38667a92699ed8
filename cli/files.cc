#include "cli/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

absl::StatusOr<std::string> ReadAll(std::istream& in, const std::string& name) {
  std::string text(kFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return LocalError(absl::StrCat(name, ": cannot be read"));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kFileBytesMax) return LocalError(absl::StrCat(name, ": larger than 1 MiB"));
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return LocalError(absl::StrCat(path, ": ", std::strerror(errno != 0 ? errno : EIO)));
  return ReadAll(file, path);
}

absl::StatusOr<std::string> ReadFileOrInput(const std::string& path, std::istream& in) {
  return path == "-" ? ReadAll(in, "input") : ReadFile(path);
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  LATCHKEY_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  std::string secret(absl::StripAsciiWhitespace(text));
  if (secret.empty()) return LocalError(absl::StrCat(path, ": is empty"));
  for (const char c : secret) {
    if (c <= ' ' || c > '~')
      return LocalError(absl::StrCat(path, ": holds more than one word of plain text"));
  }
  return secret;
}

absl::StatusOr<std::string> ReadToken(const std::string& path, std::istream& in,
                                      const std::string& json_field) {
  LATCHKEY_ASSIGN_OR_RETURN(std::string text, ReadFileOrInput(path, in));
  std::string token(absl::StripAsciiWhitespace(text));
  if (absl::ascii_isspace(token.empty() ? ' ' : token.front()) || token.front() != '{') return token;
  const auto json = nlohmann::json::parse(token, nullptr, /*allow_exceptions=*/false);
  const auto found = json.is_object() ? json.find(json_field) : json.end();
  if (!json.is_object() || found == json.end() || !found->is_string() ||
      found->get_ref<const std::string&>().empty()) {
    // The answer to an attempt that was refused has none: say so.
    const bool answer = json.is_object() && json.contains("action") && json["action"].is_string();
    return absl::InvalidArgumentError(
        absl::StrCat(path == "-" ? "input" : path, ": holds no ", json_field,
                     answer ? absl::StrCat("; its action is ", json["action"].get<std::string>()) : ""));
  }
  return found->get<std::string>();
}

}  // namespace latchkey::cli
