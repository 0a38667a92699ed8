// Messages of the contract as JSON: the canonical mapping of protobuf, with the field names of the .proto
// files and every field without presence shown.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace latchkey::cli {

enum class JsonShape { kIndented, kOneLine };

// Ends without a new line.
[[nodiscard]] std::string ToJson(const google::protobuf::Message& message,
                                 JsonShape shape = JsonShape::kIndented);

}  // namespace latchkey::cli
