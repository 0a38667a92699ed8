// Where a backtest reads from: recordings and logs, merged in the order of their times.
#pragma once

#include <cstdint>
#include <deque>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "cli/log_formats/line_reader.h"
#include "cli/log_formats/log_format.h"
#include "engine/recording/reader.h"

namespace latchkey::cli {

// What was read of one file, and the first of what could not be.
struct SourceTally {
  static constexpr size_t kShownMax = 20;
  struct Bad {
    int64_t place = 0;  // a line from 1, or a byte from 0
    std::string why;
  };
  std::string name;
  bool lines = false;  // places are lines, else bytes
  int64_t read = 0;    // lines, or events
  int64_t broken = 0;
  uint64_t lost_bytes = 0;
  std::vector<Bad> first_broken;
};

// Not thread-safe.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // The next event; nothing at the end. Whatever is broken is counted and left out.
  virtual absl::StatusOr<std::optional<RecordedEvent>> Next() = 0;
  [[nodiscard]] virtual SourceTally tally() const = 0;
  [[nodiscard]] virtual uint64_t bytes_read() const = 0;
};

// A log, each login of which becomes an attempt and, at once, its outcome.
struct LogOptions {
  std::string tenant = "default";  // of events that name none
  bool can_challenge = false;
};

[[nodiscard]] std::unique_ptr<EventSource> ReadLog(std::string name, std::unique_ptr<std::istream> owned,
                                                   std::istream& in, std::unique_ptr<LogFormat> format,
                                                   LogOptions options);
[[nodiscard]] std::unique_ptr<EventSource> ReadRecording(std::unique_ptr<RecordingReader> reader);

// Bytes of a stream.
class StreamSource final : public ByteSource {
 public:
  explicit StreamSource(std::istream& in) : in_(in) {}
  explicit StreamSource(std::unique_ptr<std::istream> in) : owned_(std::move(in)), in_(*owned_) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;

 private:
  std::unique_ptr<std::istream> owned_;
  std::istream& in_;
};

// Several sources as one: the event with the earliest time of those that come next.
class MergedSources {
 public:
  explicit MergedSources(std::vector<std::unique_ptr<EventSource>> sources);
  absl::StatusOr<std::optional<RecordedEvent>> Next();
  [[nodiscard]] const std::vector<std::unique_ptr<EventSource>>& sources() const { return sources_; }
  [[nodiscard]] uint64_t bytes_read() const;

 private:
  struct Head {
    RecordedEvent event;
    size_t source = 0;
  };
  absl::Status Pull(size_t source);

  std::vector<std::unique_ptr<EventSource>> sources_;
  std::vector<Head> heads_;  // a heap, the earliest on top
  bool started_ = false;
};

}  // namespace latchkey::cli
