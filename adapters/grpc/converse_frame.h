// A frame of Converse as it was received: its items, and what they look at until each is answered.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "adapters/grpc/frame_reader.h"
#include "adapters/grpc/request_reader.h"

namespace latchkey {

// Thread-compatible. Used again with the memory that it has.
class ConverseFrame {
 public:
  struct Item : FrameItem {
    explicit Item(const FrameItem& read) : FrameItem(read) {}
    decltype(AttemptView::challenge_kinds) kinds;  // that the attempt's path can show
    KeptMessage message;                           // made of its bytes
  };

  // What gRPC reads into.
  [[nodiscard]] grpc::ByteBuffer& received() { return received_; }

  // Finds the items in what was received, or the first `most` + 1 of them. kInvalidArgument when it is no
  // ConverseRequest.
  [[nodiscard]] absl::Status Read(size_t most);
  [[nodiscard]] std::span<Item> items() { return items_; }

  // Lets go of what was received.
  void Clear();

 private:
  bool Split(std::string_view bytes, size_t most);

  grpc::ByteBuffer received_;
  grpc::Slice bytes_;
  std::string anew_;  // a frame that was not usual, in usual bytes
  std::vector<Item> items_;
};

}  // namespace latchkey
