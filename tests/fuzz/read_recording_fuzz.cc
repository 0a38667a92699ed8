// Whatever bytes a recording holds: reading ends, counts what it cannot read, and gives out whole events
// alone.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "engine/recording/event_codec.h"
#include "engine/recording/reader.h"

namespace {

class Bytes final : public latchkey::ByteSource {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t taken = std::min(size, bytes_.size() - at_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), taken, buffer);
    at_ += taken;
    return taken;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using latchkey::RecordedEvent;
  auto reader = latchkey::RecordingReader::Open(
      "fuzz", std::make_unique<Bytes>(std::string(reinterpret_cast<const char*>(data), size)));
  if (!reader.ok()) return 0;
  while (true) {
    const absl::StatusOr<std::optional<RecordedEvent>> event = (*reader)->Next();
    if (!event.ok() || !*event) break;
    const std::optional<RecordedEvent> again = latchkey::DecodeEvent(latchkey::EncodeEvent(**event));
    if (!again || !(*again == **event)) std::abort();
  }
  return 0;
}
