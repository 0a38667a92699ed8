#include "adapters/sodium/key_ring_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr size_t kBytesMax = 64 * 1024;

absl::Status FromErrno(int error, const std::string& path, absl::string_view doing) {
  return absl::ErrnoToStatus(error, absl::StrCat("key ring ", path, ": cannot ", doing));
}

absl::Status CheckMode(int file, const std::string& path, FileModePolicy modes) {
  struct stat about = {};
  if (fstat(file, &about) != 0) return FromErrno(errno, path, "look at it");
  if (!S_ISREG(about.st_mode))
    return absl::InvalidArgumentError(absl::StrCat("key ring ", path, ": not a file"));
  if (modes == FileModePolicy::kPrivate && (about.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return absl::PermissionDeniedError(absl::StrFormat(
        "key ring %s: mode %04o lets others at the secrets; chmod 0600 it (0640 for a group that may read)",
        path, about.st_mode & 07777U));
  }
  return absl::OkStatus();
}

absl::Status ReadAll(int file, const std::string& path, std::string& text) {
  text.reserve(kBytesMax + 1);  // No reallocation leaves an unwiped copy behind.
  char block[4096];
  for (;;) {
    const ssize_t count = read(file, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(errno, path, "read it");
    if (count == 0) break;
    if (text.size() + static_cast<size_t>(count) > kBytesMax) {
      return absl::InvalidArgumentError(absl::StrCat("key ring ", path, ": longer than 64 KiB"));
    }
    text.append(block, static_cast<size_t>(count));
  }
  explicit_bzero(block, sizeof block);
  return absl::OkStatus();
}

absl::Status WriteAll(int file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(errno, path, "write it");
    text.remove_prefix(static_cast<size_t>(count));
  }
  if (fsync(file) != 0) return FromErrno(errno, path, "flush it");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeyRing> LoadKeyRing(const std::string& path, FileModePolicy modes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FromErrno(errno, path, "open it");
  const absl::Cleanup close_file = [file] { close(file); };
  LATCHKEY_RETURN_IF_ERROR(CheckMode(file, path, modes));
  std::string text;
  const absl::Cleanup wipe = [&text] { WipeText(text); };
  LATCHKEY_RETURN_IF_ERROR(ReadAll(file, path, text));
  return KeyRing::Parse(text, path);
}

absl::Status CreateKeyRing(const std::string& path) {
  std::string text = KeyRing::Generate().Text();
  const absl::Cleanup wipe = [&text] { WipeText(text); };
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return FromErrno(errno, path, "create it");
  const absl::Cleanup close_file = [file] { close(file); };
  absl::Status written = WriteAll(file, path, text);
  if (!written.ok()) unlink(path.c_str());
  return written;
}

}  // namespace latchkey
