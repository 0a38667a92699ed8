// As much of JSON Schema, draft 7, as our schema uses; it throws on a keyword that it does not know.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace latchkey {

// Where and why `value` does not follow the schema, or the empty string. `root` is where "#/…" begins.
[[nodiscard]] std::string FirstFault(const nlohmann::json& schema, const nlohmann::json& root,
                                     const nlohmann::json& value, const std::string& at = "");

}  // namespace latchkey
