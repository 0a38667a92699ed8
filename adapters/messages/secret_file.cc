#include "adapters/messages/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kBytesMax = size_t{16} * 1024;
constexpr size_t kSecretMin = 24;
constexpr size_t kSecretMax = 64;

// Closes what it holds.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found {};
  if (file.get() < 0 || fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode))
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  if ((found.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, ": others may read or write it; its mode must be 0600, or 0640 for a group"));
  }
  std::string bytes;
  std::array<char, 4096> part{};
  while (bytes.size() <= kBytesMax) {
    const ssize_t count = read(file.get(), part.data(), part.size());
    if (count < 0) return absl::UnavailableError(absl::StrCat(path, ": cannot be read"));
    if (count == 0) break;
    bytes.append(part.data(), static_cast<size_t>(count));
  }
  if (bytes.empty() || bytes.size() > kBytesMax)
    return absl::InvalidArgumentError(absl::StrCat(path, ": must have 1 to ", kBytesMax, " bytes"));
  return bytes;
}

absl::StatusOr<std::string> ReadWebhookSecret(const std::string& path) {
  LATCHKEY_ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path));
  absl::string_view secret = absl::StripAsciiWhitespace(text);
  std::string bytes(secret);
  if (absl::ConsumePrefix(&secret, "whsec_") && !absl::Base64Unescape(secret, &bytes))
    return absl::InvalidArgumentError(absl::StrCat(path, ": no base64 after whsec_"));
  if (bytes.size() < kSecretMin || bytes.size() > kSecretMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": a webhook's secret has ", kSecretMin, " to ", kSecretMax, " bytes"));
  }
  return bytes;
}

absl::StatusOr<std::string> ReadHeaderFile(const std::string& path) {
  LATCHKEY_ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(path));
  const absl::string_view line = absl::StripAsciiWhitespace(text);
  const bool plain = std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c != 0x7F; });
  if (line.empty() || !plain)
    return absl::InvalidArgumentError(absl::StrCat(path, ": must be one line without control characters"));
  return std::string(line);
}

}  // namespace latchkey
