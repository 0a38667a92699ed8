// A ledger in a Redis of any kind, for the contract.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/redis/redis_ledger.h"
#include "tests/ledger-contract/ledger_contract.h"

namespace latchkey {

// A client of the engine's at `url`, once it is connected. Throws std::runtime_error.
[[nodiscard]] std::unique_ptr<RedisClient> LedgerClient(const std::string& url,
                                                        const std::string& environment);

// Two nodes' ledgers of an environment of the test's own, in the Redis that all tests share.
[[nodiscard]] MakeLedger LedgersAt(std::function<std::string()> url);

}  // namespace latchkey
