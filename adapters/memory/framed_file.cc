#include "adapters/memory/framed_file.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/little_endian.h"
#include "engine/base/status_macros.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr size_t kMagicSize = 8;
constexpr size_t kIntSize = 4;
constexpr size_t kReadChunk = size_t{1} << 20U;

void PutInt(uint64_t value, std::string& out) { AppendLittleEndian(value, kIntSize, out); }

uint32_t IntAt(std::string_view bytes, size_t at) {
  return static_cast<uint32_t>(LittleEndianAt(bytes, at, kIntSize));
}

// The checksum of what `crc` is the checksum of, with `bytes` behind it.
uint32_t Crc(uint32_t crc, std::string_view bytes) {
  if (bytes.empty()) return crc;  // The library takes a null for the beginning.
  return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

// Of its length and its payload, between which the checksum stands.
uint32_t FrameCrc(std::string_view frame) {
  return Crc(Crc(0, frame.substr(0, kIntSize)), frame.substr(FramedFile::kFrameHead));
}

absl::Status Failed(std::string_view what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(ToAbsl(what), " ", path, ": ", std::strerror(errno)));
}

absl::Status Refused(const std::string& path, std::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", ToAbsl(why)));
}

std::string HeaderOf(const FileFormat& format) {
  std::string header(format.magic);
  PutInt(format.version, header);
  PutInt(format.environment.size(), header);
  header += format.environment;
  PutInt(Crc(0, header), header);
  return header;
}

// Why a file that begins with these bytes is not to be used; OK when it is.
absl::Status CheckHeader(const std::string& path, std::string_view start, const FileFormat& format) {
  if (start.substr(0, kMagicSize) != format.magic.substr(0, kMagicSize))
    return Refused(path, "is not a file of ours; it was left as it is");
  if (start.size() < kMagicSize + 8) return Refused(path, "has a damaged header; it was left as it is");
  const uint32_t version = IntAt(start, kMagicSize);
  if (version > format.version || version < format.oldest) {
    return Refused(path, absl::StrCat("has version ", version, ", this release reads version ",
                                      format.version, "; it was left as it is"));
  }
  const size_t name_size = IntAt(start, kMagicSize + 4);
  const size_t crc_at = kMagicSize + 8 + name_size;
  if (name_size > start.size() || start.size() < crc_at + 4 ||
      IntAt(start, crc_at) != Crc(0, start.substr(0, crc_at)))
    return Refused(path, "has a damaged header; it was left as it is");
  const std::string_view name = start.substr(kMagicSize + 8, name_size);
  if (name == format.environment) return absl::OkStatus();
  return Refused(path, absl::StrCat("belongs to environment '", ToAbsl(name), "', this is '",
                                    format.environment, "'; it was left as it is"));
}

absl::Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Makes the names in the folder of `path` durable.
absl::Status SyncFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("cannot open", folder);
  const int failed = fsync(fd);
  close(fd);
  return failed == 0 ? absl::OkStatus() : Failed("cannot sync", folder);
}

// Reads a file from a place on, keeping no more of it than it must.
class ChunkReader {
 public:
  ChunkReader(int fd, uint64_t from) : fd_(fd), offset_(from) {}
  // At least `size` bytes when the file has them.
  std::string_view Peek(size_t size) {
    if (at_end_ || buffer_.size() - start_ >= size) return Rest();
    buffer_.erase(0, start_);
    start_ = 0;
    while (buffer_.size() < size) {
      const size_t had = buffer_.size();
      buffer_.resize(had + kReadChunk);
      const ssize_t got = pread(fd_, buffer_.data() + had, kReadChunk, static_cast<off_t>(offset_));
      buffer_.resize(had + static_cast<size_t>(std::max<ssize_t>(0, got)));
      at_end_ = got <= 0;
      if (at_end_) break;
      offset_ += static_cast<uint64_t>(got);
    }
    return Rest();
  }
  void Skip(size_t size) { start_ += size; }

 private:
  std::string_view Rest() const { return std::string_view(buffer_).substr(start_); }
  int fd_;
  uint64_t offset_;
  std::string buffer_;
  size_t start_ = 0;
  bool at_end_ = false;
};

// The length of the whole frame at the start of `bytes` when its head makes sense and it is all there.
std::optional<size_t> FrameSize(std::string_view bytes) {
  if (bytes.size() < FramedFile::kFrameHead) return std::nullopt;
  const size_t payload = IntAt(bytes, 0);
  if (payload > FramedFile::kPayloadMax || bytes.size() - FramedFile::kFrameHead < payload)
    return std::nullopt;
  return FramedFile::kFrameHead + payload;
}

bool FrameIsGood(std::string_view bytes, size_t size) {
  return IntAt(bytes, kIntSize) == FrameCrc(bytes.substr(0, size));
}

// How far behind a frame that is not good the next good one begins, if its length may be what is wrong;
// nothing when none begins where a frame of any length would end.
std::optional<size_t> NextGoodFrame(ChunkReader& in) {
  constexpr size_t kFrameMax = FramedFile::kFrameHead + FramedFile::kPayloadMax;
  const std::string_view bytes = in.Peek(2 * kFrameMax);
  for (size_t at = FramedFile::kFrameHead; at <= kFrameMax && at < bytes.size(); ++at) {
    const std::string_view next = bytes.substr(at);
    const std::optional<size_t> size = FrameSize(next);
    if (size && FrameIsGood(next, *size)) return at;
  }
  return std::nullopt;
}

}  // namespace

void FramedFile::FillHead(std::span<char> frame) {
  PutLittleEndian(frame.size() - kFrameHead, kIntSize, frame.data());
  PutLittleEndian(FrameCrc({frame.data(), frame.size()}), kIntSize, frame.data() + kIntSize);
}

void FramedFile::Frame(std::string_view payload, std::string& frames) {
  const size_t start = frames.size();
  frames.append(kFrameHead, '\0').append(payload);
  FillHead(std::span(frames).subspan(start));
}

absl::StatusOr<FramedFile> FramedFile::Open(const std::string& path, const FileFormat& format,
                                            const std::function<void(std::string_view payload)>& visit,
                                            ReadReport& report) {
  FramedFile file;
  file.path_ = path;
  file.header_ = HeaderOf(format);
  report.version = format.version;
  const std::string lock = path + ".lock";
  file.lock_fd_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file.lock_fd_ < 0) return Failed("cannot open", lock);
  if (flock(file.lock_fd_, LOCK_EX | LOCK_NB) != 0) return Refused(path, "is in use by another process");

  file.fd_ = open(path.c_str(), O_RDWR | O_CLOEXEC);
  struct stat status {};
  if (file.fd_ >= 0 && fstat(file.fd_, &status) != 0) return Failed("cannot read", path);
  if (file.fd_ < 0 && errno != ENOENT) return Failed("cannot open", path);
  if (file.fd_ < 0 || status.st_size == 0) {
    absl::StatusOr<FramedFile> created = file.StartSuccessor();
    if (!created.ok()) return created.status();
    LATCHKEY_RETURN_IF_ERROR(file.Replace(*std::move(created)));
    return file;
  }
  std::string start(std::min<size_t>(static_cast<size_t>(status.st_size), kMagicSize + 8 + 4096), '\0');
  if (pread(file.fd_, start.data(), start.size(), 0) != static_cast<ssize_t>(start.size()))
    return Failed("cannot read", path);
  LATCHKEY_RETURN_IF_ERROR(CheckHeader(path, start, format));
  report.version = IntAt(start, kMagicSize);

  uint64_t good = file.header_.size();
  ChunkReader in(file.fd_, good);
  for (;;) {
    const std::string_view bytes = in.Peek(kFrameHead + kPayloadMax);
    const std::optional<size_t> size = FrameSize(bytes);
    if (size && FrameIsGood(bytes, *size)) {
      visit(bytes.substr(kFrameHead, *size - kFrameHead));
      ++report.frames;
      in.Skip(*size);
      good += *size;
      continue;
    }
    // Damage in the middle has a good frame behind it; else this is where a crash left off.
    const std::optional<size_t> skipped = NextGoodFrame(in);
    if (!skipped) break;
    ++report.damaged;
    in.Skip(*skipped);
    good += *skipped;
  }
  report.cut_bytes = static_cast<uint64_t>(status.st_size) - good;
  if (report.cut_bytes > 0 && ftruncate(file.fd_, static_cast<off_t>(good)) != 0)
    return Failed("cannot cut the torn end of", path);
  if (lseek(file.fd_, static_cast<off_t>(good), SEEK_SET) < 0) return Failed("cannot seek in", path);
  file.size_ = good;
  return file;
}

absl::Status FramedFile::Append(std::string_view frames) {
  if (absl::Status status = WriteAll(fd_, frames, path_); !status.ok()) {
    if (ftruncate(fd_, static_cast<off_t>(size_)) != 0 || lseek(fd_, static_cast<off_t>(size_), SEEK_SET) < 0)
      return Failed("cannot take back what was half written to", path_);
    return status;
  }
  size_ += frames.size();
  return absl::OkStatus();
}

absl::Status FramedFile::Sync() {
  if (fdatasync(fd_) != 0) return Failed("cannot sync", path_);
  // Nobody reads it while this runs: its pages serve the next write.
  (void)posix_fadvise(fd_, 0, static_cast<off_t>(size_), POSIX_FADV_DONTNEED);
  return absl::OkStatus();
}

absl::StatusOr<FramedFile> FramedFile::StartSuccessor() const {
  FramedFile next;
  next.path_ = path_ + ".new";
  next.header_ = header_;
  next.fd_ = open(next.path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (next.fd_ < 0) return Failed("cannot create", next.path_);
  LATCHKEY_RETURN_IF_ERROR(next.Append(header_));
  return next;
}

absl::Status FramedFile::Replace(FramedFile successor) {
  LATCHKEY_RETURN_IF_ERROR(successor.Sync());
  if (rename(successor.path_.c_str(), path_.c_str()) != 0) return Failed("cannot replace", path_);
  std::swap(fd_, successor.fd_);
  size_ = successor.size_;
  return SyncFolder(path_);
}

void FramedFile::Discard() { unlink(path_.c_str()); }

FramedFile::FramedFile(FramedFile&& other) noexcept
    : path_(std::move(other.path_)),
      header_(std::move(other.header_)),
      fd_(std::exchange(other.fd_, -1)),
      lock_fd_(std::exchange(other.lock_fd_, -1)),
      size_(other.size_) {}

FramedFile& FramedFile::operator=(FramedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(header_, other.header_);
  std::swap(fd_, other.fd_);
  std::swap(lock_fd_, other.lock_fd_);
  std::swap(size_, other.size_);
  return *this;
}

FramedFile::~FramedFile() {
  if (fd_ >= 0) close(fd_);
  if (lock_fd_ >= 0) close(lock_fd_);
}

}  // namespace latchkey
