// Reading a key ring from a file, and making a new one.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/sodium/key_ring.h"

namespace latchkey {

// kPrivate: a file that others can read or write, or its group can write, is refused. Its group may read it,
// as secrets mounted by Kubernetes (fsGroup) are. kAny: for file systems without such modes.
enum class FileModePolicy { kPrivate, kAny };

// Not found, not readable, too open, longer than 64 KiB or malformed: a status that says what to do.
[[nodiscard]] absl::StatusOr<KeyRing> LoadKeyRing(const std::string& path,
                                                  FileModePolicy modes = FileModePolicy::kPrivate);

// Writes a fresh ring that only its owner can read (0600). An existing file is never touched: AlreadyExists.
[[nodiscard]] absl::Status CreateKeyRing(const std::string& path);

}  // namespace latchkey
