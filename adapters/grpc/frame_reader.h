// Splits a frame of Converse into its items where they lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "adapters/grpc/field_reader.h"

namespace latchkey {

// What an item asks; the bytes are those of an AssessRequest or a ReportRequest.
struct FrameItem {
  enum class Asks : uint8_t { kNothing, kAssess, kReport };

  uint64_t correlation_id = 0;
  Asks asks = Asks::kNothing;
  std::string_view bytes;
};

// The items in the bytes of a ConverseRequest, one after the other, as its own parser finds them. It does not
// look into what they ask.
class FrameReader {
 public:
  explicit FrameReader(std::string_view bytes) : in_(bytes) {}

  // Nothing at the end, or where something is not usual (a field that is not known, one that comes twice, or
  // what is no message at all): then the message's own parser has the word.
  std::optional<FrameItem> Next();
  [[nodiscard]] bool good() const { return in_.good(); }

 private:
  FieldReader in_;
};

}  // namespace latchkey
