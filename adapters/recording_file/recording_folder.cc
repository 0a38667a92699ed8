#include "adapters/recording_file/recording_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "adapters/recording_file/file_source.h"
#include "engine/base/status_macros.h"
#include "engine/recording/reader.h"

namespace latchkey {
namespace {

namespace fs = std::filesystem;

constexpr char kEnding[] = ".lkr";

absl::Status Failed(const std::string& what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(what, " ", path, ": ", std::strerror(errno)));
}

// Whether this run may put segments beside the ones that are there.
absl::Status CheckSegments(const RecordingFolderOptions& options) {
  for (const std::string& path : ListSegments(options.folder)) {
    LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source, FileSource::Open(path));
    std::error_code error;
    if (fs::file_size(path, error) == 0) continue;  // begun in the moment of a crash
    absl::StatusOr<std::unique_ptr<RecordingReader>> reader = RecordingReader::Open(path, std::move(source));
    if (!reader.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          std::string(reader.status().message()), "; it was left as it is, move it away to record here"));
    }
    const std::string& theirs = (*reader)->header().environment;
    if (theirs != options.header.environment) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": belongs to environment '", theirs,
                                                        "', this is '", options.header.environment,
                                                        "'; it was left as it is"));
    }
  }
  return absl::OkStatus();
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

TimePoint WrittenAt(const std::string& path) {
  std::error_code error;
  const fs::file_time_type at = fs::last_write_time(path, error);
  return std::chrono::time_point_cast<Duration>(std::chrono::file_clock::to_sys(at));
}

}  // namespace

std::vector<std::string> ListSegments(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == kEnding) paths.push_back(it->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::StatusOr<std::unique_ptr<RecordingFolder>> RecordingFolder::Open(RecordingFolderOptions options,
                                                                       RecordingQueue& queue,
                                                                       const Clock& clock) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  if (error) return absl::UnavailableError(absl::StrCat(options.folder, ": ", error.message()));
  fs::permissions(options.folder, fs::perms::owner_all, error);
  LATCHKEY_RETURN_IF_ERROR(CheckSegments(options));
  std::unique_ptr<RecordingFolder> folder(new RecordingFolder(std::move(options), queue, clock));
  LATCHKEY_RETURN_IF_ERROR(folder->Begin(clock.Now()));
  folder->thread_ = std::thread([raw = folder.get()] { raw->Run(); });
  return folder;
}

RecordingFolder::~RecordingFolder() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  if (fd_ >= 0) close(fd_);
}

absl::Status RecordingFolder::status() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

void RecordingFolder::Run() {
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, options_.flush_every, [this] { return stopping_; });
      last = stopping_;
    }
    const RecordingQueue::Batch batch = queue_.Take();
    absl::Status status = Write(batch);
    status.ok() ? queue_.Kept(batch) : queue_.Failed(batch);
    const std::lock_guard lock(mutex_);
    latest_ = std::move(status);
  }
}

absl::Status RecordingFolder::Write(const RecordingQueue::Batch& batch) {
  const TimePoint now = clock_.Now();
  const bool full = size_ >= options_.bytes_max / kSegments;
  const bool old = now - began_ >= options_.age_max / kSegments;
  if (fd_ < 0 || full || old) LATCHKEY_RETURN_IF_ERROR(Begin(now));
  if (batch.frames.empty()) return absl::OkStatus();
  if (!WriteAll(fd_, batch.frames)) {
    const absl::Status failed = Failed("cannot write to", options_.folder);
    // What was half written is taken back; a file that cannot be mended is not written to again.
    if (ftruncate(fd_, static_cast<off_t>(size_)) != 0 ||
        lseek(fd_, static_cast<off_t>(size_), SEEK_SET) < 0) {
      close(fd_);
      fd_ = -1;
    }
    return failed;
  }
  size_ += batch.frames.size();
  return absl::OkStatus();
}

absl::Status RecordingFolder::Begin(TimePoint now) {
  if (fd_ >= 0) {
    fdatasync(fd_);
    close(fd_);
    fd_ = -1;
  }
  Prune(now);
  RecordingHeader header = options_.header;
  header.started = now;
  const std::string stamp = absl::FormatTime("%Y%m%dT%H%M%E3S", absl::FromChrono(now), absl::UTCTimeZone());
  const std::string path = absl::StrCat(options_.folder, "/", stamp, "-", serial_++, kEnding);
  fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd_ < 0) return Failed("cannot create", path);
  const std::string bytes = EncodeHeader(header);
  if (!WriteAll(fd_, bytes)) return Failed("cannot write", path);
  size_ = bytes.size();
  began_ = now;
  return absl::OkStatus();
}

// Room for one more segment; and nothing that is too old.
void RecordingFolder::Prune(TimePoint now) const {
  std::vector<std::string> paths = ListSegments(options_.folder);
  uint64_t bytes = 0;
  std::error_code error;
  for (auto it = paths.rbegin(); it != paths.rend(); ++it) {
    const uintmax_t size = fs::file_size(*it, error);
    bytes += error ? 0 : size;
    if (bytes > options_.bytes_max - options_.bytes_max / kSegments ||
        WrittenAt(*it) < now - options_.age_max)
      fs::remove(*it, error);
  }
}

}  // namespace latchkey
