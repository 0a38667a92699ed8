// Strangers invent accounts and addresses, far more than Redis has memory for (P6).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/faults/standalone.h"

namespace latchkey::faults {

// Gives Redis room for half of so many records, lets that many accounts be tried through both nodes, and
// takes the bound away again. Answers in words what did not hold: memory stays below `maxmemory`, nothing is
// evicted, the nodes notice, and strangers are answered.
[[nodiscard]] std::vector<std::string> InventAccounts(Standalone& site, int64_t accounts);

}  // namespace latchkey::faults
