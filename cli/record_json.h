// A record of a store as JSON, for people who look after one.
#pragma once

#include "engine/signal/record.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {

// People are not in it: accounts, addresses and proofs are hashes, tags of passwords are left out, and so are
// the names that people gave their devices, unless `names` is kShown.
enum class NamesInRecord { kHidden, kShown };
[[nodiscard]] nlohmann::ordered_json RecordJson(const Record& record, NamesInRecord names);

}  // namespace latchkey::cli
