// The keys that an attempt is counted under.
#pragma once

#include <string>

#include "engine/attempt/attempt.h"
#include "engine/attempt/key.h"

namespace latchkey {

struct AttemptKeys {
  Key account;
  Key network;
  uint64_t source = 0;  // 48 bits of the source's key: its name in slots and sets
  uint64_t tenant = 0;
};

// Makes keys of names; environment and tenant are part of every one. Thread-safe. The hasher must outlive it.
class KeyMaker {
 public:
  KeyMaker(std::string environment, const KeyHasher& hasher);

  [[nodiscard]] AttemptKeys Of(const Attempt& attempt) const;
  [[nodiscard]] Key Account(std::string_view tenant, std::string_view account) const;
  [[nodiscard]] Key Network(std::string_view tenant, const Source& source) const;
  [[nodiscard]] uint64_t SourceId(std::string_view tenant, const Source& source) const;
  [[nodiscard]] Key Of(KeyDomain domain, std::string_view tenant, std::string_view name) const;
  [[nodiscard]] const std::string& environment() const { return environment_; }

 private:
  [[nodiscard]] uint64_t TenantId(std::string_view tenant) const;

  std::string environment_;
  const KeyHasher& hasher_;
  uint64_t serial_;  // no other one of the process, but a copy, has the same
};

}  // namespace latchkey
