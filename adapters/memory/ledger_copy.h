// Reads what the log of an embedded store holds, without touching it: of a process that runs too.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

// Calls `visit` for every live record as it was last written, in no order. Copies the file beside other
// temporary files and reads the copy, all of it into memory. NOT_FOUND without a file; else as
// LedgerLog::Open.
absl::Status ReadLedgerCopy(
    const std::string& path, const std::string& environment, const Clock& clock,
    const std::function<void(const Key& key, std::string_view bytes, TimePoint keep_until)>& visit);

}  // namespace latchkey
