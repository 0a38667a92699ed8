// Keeps the recording of this node in a folder: segments that are begun anew by size and age, of which the
// oldest are removed.
//
//   <folder>/20261121T120001.250-0.lkr   in the order of their names; each is a recording of its own
//
// A segment is never appended to by another process or run, so a torn end stays where a crash has left it and
// is told by whoever reads it. Everything is written by a thread of its own, each half second.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/recording/frames.h"
#include "engine/recording/queue.h"

namespace latchkey {

struct RecordingFolderOptions {
  std::string folder;
  RecordingHeader header;  // `started` is set for each segment
  uint64_t bytes_max = uint64_t{1} << 30U;
  Duration age_max = std::chrono::hours(24 * 7);
  Duration flush_every{500};
};

// Thread-safe.
class RecordingFolder {
 public:
  // What both bounds are kept by: the folder holds at most this much more than they say.
  static constexpr int kSegments = 16;

  // kFailedPrecondition when the folder holds segments of another environment, of a newer version, or what
  // ends in .lkr and is no recording; they are left as they are. `queue` and `clock` outlive it.
  static absl::StatusOr<std::unique_ptr<RecordingFolder>> Open(RecordingFolderOptions options,
                                                               RecordingQueue& queue, const Clock& clock);
  // Writes what still waits.
  ~RecordingFolder();

  // How the latest writing went.
  [[nodiscard]] absl::Status status() const;

 private:
  RecordingFolder(RecordingFolderOptions options, RecordingQueue& queue, const Clock& clock)
      : options_(std::move(options)), queue_(queue), clock_(clock) {}
  void Run();
  absl::Status Write(const RecordingQueue::Batch& batch);
  absl::Status Begin(TimePoint now);
  void Prune(TimePoint now) const;

  const RecordingFolderOptions options_;
  RecordingQueue& queue_;
  const Clock& clock_;
  // Of the writing thread.
  int fd_ = -1;
  uint64_t size_ = 0;
  int serial_ = 0;
  TimePoint began_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  absl::Status latest_;
  std::thread thread_;  // last: it uses all the above
};

// The segments in a folder, oldest first.
[[nodiscard]] std::vector<std::string> ListSegments(const std::string& folder);

}  // namespace latchkey
