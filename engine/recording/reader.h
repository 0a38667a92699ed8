// Reads recordings: what is whole is given out, what is not is counted, with the place of the first damage.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/recording/event.h"
#include "engine/recording/frames.h"

namespace latchkey {

// Bytes in order (port): a file, the input, a stream of Redis.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At most `size` bytes; 0 at the end.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size) = 0;
};

struct RecordingTally {
  static constexpr size_t kShownMax = 20;
  struct Damage {
    uint64_t position = 0;  // of the first byte
    std::string what;
  };
  int64_t events = 0;
  int64_t damaged = 0;                // frames whose checksum was wrong, or that hold no event
  uint64_t lost_bytes = 0;            // of an end that could not be read
  std::vector<Damage> first_damages;  // at most kShownMax
};

// Holds a buffer of one frame and a chunk, whatever the recording's size. Not thread-safe.
class RecordingReader {
 public:
  // kInvalidArgument when it begins otherwise than a recording does, kFailedPrecondition when it is of a
  // newer version; both name it and say where.
  static absl::StatusOr<std::unique_ptr<RecordingReader>> Open(std::string name,
                                                               std::unique_ptr<ByteSource> source);

  // The next whole event; nothing at the end. A status where another
  // recording follows that is of another environment or version, or where reading itself fails.
  absl::StatusOr<std::optional<RecordedEvent>> Next();

  [[nodiscard]] const RecordingHeader& header() const { return header_; }
  [[nodiscard]] const RecordingTally& tally() const { return tally_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] uint64_t position() const { return position_; }

 private:
  RecordingReader(std::string name, std::unique_ptr<ByteSource> source)
      : name_(std::move(name)), source_(std::move(source)) {}
  // Fills the buffer until `size` bytes are unread, or the end.
  absl::Status Fill(size_t size);
  [[nodiscard]] std::string_view rest() const { return std::string_view(buffer_).substr(start_); }
  void Skip(size_t size) {
    start_ += size;
    position_ += size;
  }
  absl::StatusOr<RecordingHeader> ReadHeader();
  [[nodiscard]] absl::Status Wrong(std::string_view what) const;
  void Note(std::string what);
  // Leaves out what cannot be read, up to the next recording or the end.
  absl::Status SkipToHeader();

  std::string name_;
  std::unique_ptr<ByteSource> source_;
  RecordingHeader header_;
  RecordingTally tally_;
  std::string buffer_;
  size_t start_ = 0;
  uint64_t position_ = 0;  // of rest() in the recording
  bool at_end_ = false;
};

}  // namespace latchkey
