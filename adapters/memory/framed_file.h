// An append-only file of checksummed frames that belongs to one environment.
//
//   header: 8 bytes of magic, version (4), length of the environment's name (4), the name, CRC-32 of all that
//   (4) frame:  length of the payload (4), CRC-32 of length and payload (4), the payload
//
// Integers are little-endian. The header is written whole, by rename, so a file with another beginning is not
// ours: it is refused and never touched. What a crash left half-written at the end is cut and counted; a
// frame damaged in the middle, be it in its length, is skipped and counted.
//
// A lock file beside it (PATH.lock) keeps a second process out. Thread-compatible.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace latchkey {

struct FileFormat {
  std::string_view magic;  // 8 bytes
  uint32_t version = 1;
  std::string environment;
  uint32_t oldest = 1;  // a file of this version or a later one is read, too
};

// What was found when a file was read.
struct ReadReport {
  uint32_t version = 0;  // an older file must be replaced before anything is added to it
  uint64_t frames = 0;
  uint64_t damaged = 0;    // frames in the middle whose checksum was wrong
  uint64_t cut_bytes = 0;  // of a torn end
};

class FramedFile {
 public:
  static constexpr size_t kPayloadMax = size_t{1} << 20U;
  static constexpr size_t kFrameHead = 8;

  // Opens or creates the file, giving each good payload to `visit` first. kFailedPrecondition: the file is
  // not of this format, a version that is read or this environment, or another process has it.
  static absl::StatusOr<FramedFile> Open(const std::string& path, const FileFormat& format,
                                         const std::function<void(std::string_view payload)>& visit,
                                         ReadReport& report);

  FramedFile(FramedFile&& other) noexcept;
  FramedFile& operator=(FramedFile&& other) noexcept;
  ~FramedFile();

  // Adds the frame of a payload to `frames`.
  static void Frame(std::string_view payload, std::string& frames);
  // Makes a frame of a payload that lies kFrameHead bytes behind the start of `frame`.
  static void FillHead(std::span<char> frame);

  // Adds whole frames, or nothing: what could only be written in part is taken back.
  absl::Status Append(std::string_view frames);
  // What was appended is on the disk after this.
  absl::Status Sync();

  // An empty file of the same format beside this one; Replace makes it take this one's place, atomically.
  [[nodiscard]] absl::StatusOr<FramedFile> StartSuccessor() const;
  absl::Status Replace(FramedFile successor);
  // Removes a successor that did not come to be. It must not be used after that.
  void Discard();

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  FramedFile() = default;

  std::string path_;
  std::string header_;
  int fd_ = -1;
  int lock_fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace latchkey
