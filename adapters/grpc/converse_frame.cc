#include "adapters/grpc/converse_frame.h"

#include "adapters/grpc/byte_calls.h"

namespace latchkey {

absl::Status ConverseFrame::Read(size_t most) {
  bytes_ = BytesOf(received_);
  received_.Clear();
  if (Split(ViewOf(bytes_), most)) return absl::OkStatus();
  v1::ConverseRequest message;
  if (!message.ParseFromArray(bytes_.begin(), static_cast<int>(bytes_.size())))
    return absl::InvalidArgumentError("these bytes are no ConverseRequest");
  message.DiscardUnknownFields();
  message.SerializeToString(&anew_);
  if (Split(anew_, most)) return absl::OkStatus();
  return absl::InternalError("this ConverseRequest cannot be read");
}

bool ConverseFrame::Split(std::string_view bytes, size_t most) {
  items_.clear();
  FrameReader reader(bytes);
  while (const std::optional<FrameItem> item = reader.Next()) {
    items_.emplace_back(*item);
    if (items_.size() > most) return true;
  }
  return reader.good();
}

void ConverseFrame::Clear() {
  items_.clear();
  anew_ = {};
  bytes_ = grpc::Slice();
}

}  // namespace latchkey
