// Which record of a store: an account's or a network's, and whose.
#pragma once

#include <utility>

#include "engine/attempt/key.h"

namespace latchkey {

struct RecordKey {
  enum class Kind : uint8_t { kAccount = 0, kNetwork = 1 };

  // An account's: what nearly all that is done to one record concerns.
  RecordKey(const Key& account) : key(account) {}  // NOLINT(google-explicit-constructor)
  RecordKey(Kind k, const Key& of) : kind(k), key(of) {}

  Kind kind = Kind::kAccount;
  Key key;

  bool operator==(const RecordKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const RecordKey& record) {
    return H::combine(std::move(h), record.kind, record.key);
  }
};

}  // namespace latchkey
