#include "adapters/grpc/frame_reader.h"

#include "latchkey/v1/guard.pb.h"

namespace latchkey {
namespace {

constexpr uint64_t kSizeMax = INT32_MAX;

// False when it is not usual.
bool ReadItem(std::string_view bytes, FrameItem& item) {
  using I = v1::ConverseItem;
  FieldReader in(bytes);
  const auto asked = [&](FrameItem::Asks what) {
    if (item.asks != FrameItem::Asks::kNothing) return in.Unusual();
    item.asks = what;
    item.bytes = in.Bytes(kSizeMax);
  };
  while (const uint64_t tag = in.Tag()) {
    switch (tag) {
      case TagOf(I::kCorrelationIdFieldNumber, kVarint):
        item.correlation_id = in.LongNumber();
        break;
      case TagOf(I::kAssessFieldNumber, kLengthDelimited):
        asked(FrameItem::Asks::kAssess);
        break;
      case TagOf(I::kReportFieldNumber, kLengthDelimited):
        asked(FrameItem::Asks::kReport);
        break;
      default:
        return false;
    }
  }
  return in.good();
}

}  // namespace

std::optional<FrameItem> FrameReader::Next() {
  const uint64_t tag = in_.Tag();
  if (tag == 0) return std::nullopt;
  FrameItem item;
  const bool usual = tag == TagOf(v1::ConverseRequest::kItemsFieldNumber, kLengthDelimited) &&
                     ReadItem(in_.Bytes(kSizeMax), item) && in_.good();
  if (usual) return item;
  in_.Unusual();
  return std::nullopt;
}

}  // namespace latchkey
