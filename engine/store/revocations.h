// Which device tokens are worthless, kept on every node's own disk (port).
//
// A one-sided set: what is in it is refused. An error of this set may cost a token, it never revives one, so
// revocations outlive the loss of the store that holds everything else.
//
// Thread-safe. Lookups are fast and never block on a disk; a revocation returns once it is safe on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "engine/attempt/key.h"
#include "engine/base/clock.h"

namespace latchkey {

// One revocation, as it is told to other nodes.
struct Revocation {
  std::optional<Key> account;  // all tokens of this account of a smaller epoch; absent: one device
  int64_t epoch = 0;
  uint64_t device = 0;
  TimePoint keep_until;
};

class Revocations {
 public:
  virtual ~Revocations() = default;

  // Device tokens of `account` minted under a smaller epoch are worthless; zero when none was revoked.
  [[nodiscard]] virtual int64_t EpochOf(const Key& account) const = 0;

  // Whether this one device (its 48-bit id) was revoked.
  [[nodiscard]] virtual bool IsRevoked(uint64_t device) const = 0;

  // Makes `epoch` the least one of `account`; a smaller one than before changes nothing. `keep_until` is when
  // the last token that this refuses has expired by itself.
  virtual absl::Status RevokeAll(const Key& account, int64_t epoch, TimePoint keep_until) = 0;

  virtual absl::Status RevokeDevice(uint64_t device, TimePoint keep_until) = 0;
};

// How other nodes learn of a revocation that is on this node's disk (port).
//
// Thread-safe. Never blocks.
class RevocationFeed {
 public:
  virtual ~RevocationFeed() = default;

  // Tells the others. `account`: whose record was written just before. `done` runs once: when that record and
  // this are as safe as the settings ask, or with a status that says what is not; the others hear of it
  // sooner or later all the same.
  virtual void Publish(const Revocation& revocation, const Key& account,
                       std::function<void(absl::Status)> done) = 0;
};

}  // namespace latchkey
