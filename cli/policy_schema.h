// The policy language as a JSON Schema (draft 7), for editors: made from the tables that the loader reads by.
#pragma once

#include <string>

namespace latchkey::cli {

// policies/policy.schema.json, to the byte. A document that it refuses is refused by the loader; not the
// other way round: what depends on sums, sizes or other parts of the file only the loader sees.
[[nodiscard]] std::string PolicySchema();

}  // namespace latchkey::cli
