// What is at stake for an account (port): for those who judge attacks, not for the workflows themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

// What a workflow does with what is at stake when it hears that the account is locked. The numbers are
// stored.
enum class OnLock : uint8_t {
  kUndeclared = 0,
  kKeep = 1,  // keeps it
  kVoid = 2,  // gives it up
  kAsk = 3,   // asks for the account's standing first
};

struct Stake {
  std::string id;  // 16 hexadecimal digits; made by Stakes
  std::string caller;
  Key account_key;
  std::string tenant;
  std::string account;
  std::string workflow;  // "auction-17"
  std::string name;      // "bid-4711"
  TimePoint end;
  TimePoint created;
  OnLock on_lock = OnLock::kUndeclared;
};

// Thread-safe. Answers from memory, on the thread that asks: it may be one that answers a login.
class StakeLookup {
 public:
  static constexpr size_t kStakesMax = 64;

  virtual ~StakeLookup() = default;
  // Anybody's that have not ended, those that end first first; at most kStakesMax.
  [[nodiscard]] virtual std::vector<Stake> Of(const Key& account, TimePoint now) const = 0;
  // How many stakes there are in the workflow of this one, about: those that have just ended count too.
  [[nodiscard]] virtual int64_t CountBeside(const Stake& stake) const = 0;
};

}  // namespace latchkey
