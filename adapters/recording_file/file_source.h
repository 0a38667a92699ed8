// Bytes of a file, or of the standard input.
#pragma once

#include <memory>
#include <string>

#include "engine/recording/reader.h"

namespace latchkey {

// Not thread-safe.
class FileSource final : public ByteSource {
 public:
  // kNotFound or kUnavailable, naming the file, when it cannot be opened.
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(const std::string& path);
  // Reads on from a descriptor, which stays the caller's.
  FileSource(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;

 private:
  std::string name_;
  int fd_;
  bool owned_ = false;
};

}  // namespace latchkey
