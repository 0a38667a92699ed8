// A frame of answers of Converse, written answer by answer where gRPC sends it from.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "engine/assess/decision.h"
#include "engine/assess/reporter.h"

namespace latchkey {

// The bytes are those that a ConverseResponse of these answers serializes to. Thread-compatible.
class AnswerFrame {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] size_t size() const { return size_; }  // in bytes

  void Add(uint64_t correlation_id, const Decision& decision, std::span<const ChallengeKind> kinds);
  void Add(uint64_t correlation_id, const ReportResult& result);
  // The item could not be decided.
  void Add(uint64_t correlation_id, const absl::Status& status);

  // What was written; the next frame begins. Its memory is used again when nobody looks at these bytes any
  // more, on any thread, perhaps after this frame has ended.
  [[nodiscard]] grpc::ByteBuffer Take();

 private:
  struct Block {
    explicit Block(size_t bytes) : size(bytes), at(std::make_unique_for_overwrite<uint8_t[]>(bytes)) {}
    size_t size;
    std::unique_ptr<uint8_t[]> at;
  };
  static constexpr size_t kBlockMin = 4096;
  static constexpr size_t kBlockKeptMax = 128 * 1024;
  static constexpr size_t kBlocksKept = 3;

  // One answer: `field` of a ConverseAnswer with what `write` writes into a FieldWriter, no more than `most`
  // bytes.
  template <typename Write>
  void AddAnswer(uint64_t correlation_id, int field, size_t most, Write write);
  // Where so many bytes more have room.
  uint8_t* Room(size_t bytes);

  std::shared_ptr<Block> block_;  // being written into; null while nothing is
  size_t size_ = 0;
  std::vector<std::shared_ptr<Block>> lent_;
};

}  // namespace latchkey
