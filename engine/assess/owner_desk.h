// What owners do, through the auth service: prove themselves out of band, revoke, list, name and forget.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/attempt/attempt_keys.h"
#include "engine/attempt/sealer.h"
#include "engine/base/random.h"
#include "engine/policy/holder.h"
#include "engine/store/revocations.h"
#include "engine/store/signal_store.h"

namespace latchkey {

struct OwnerParts {
  const Clock& clock;
  RandomSource& random;
  const KeyMaker& keys;
  const Sealer& sealer;
  const PolicyHolder& policies;
  Revocations& revocations;
  SignalStore& store;
  RevocationFeed* feed = nullptr;  // tells other nodes of revocations; null: there are none
};

struct Confirmation {
  std::string device_token;
  TimePoint device_token_expires;
  // Empty when as many recoveries were opened as the policy allows; the device token works all the same.
  std::string recovery_token;
  TimePoint recovery_token_expires;
};

struct KnownProof {
  std::string id;  // 12 hexadecimal digits
  std::string name;
  TimePoint since;
  TimePoint seen;
  int64_t failures = 0;  // that count against its budget now
};

struct AccountName {
  std::string tenant;
  std::string account;
};

// Thread-safe. Never blocks, but for a revocation, which is on this node's disk before it is anywhere else.
class OwnerDesk {
 public:
  explicit OwnerDesk(OwnerParts parts) : parts_(parts) {}

  // The owner has proved himself out of band: opens `recovered` for this browser and mints a device token.
  void Confirm(const AccountName& name, const std::string& device_name, Duration deadline,
               std::function<void(absl::StatusOr<Confirmation>)> done);

  // Every device and recovery token so far is worthless, on every node; answers a token of the new epoch for
  // the browser that asked.
  // `new_device`: the name of that browser's device; absent: none is minted.
  void RevokeAll(const AccountName& name, const std::optional<std::string>& new_device, Duration deadline,
                 std::function<void(absl::StatusOr<Confirmation>)> done);

  // Lane device or familiar.
  void List(const AccountName& name, Lane lane, Duration deadline,
            std::function<void(absl::StatusOr<std::vector<KnownProof>>)> done);
  // kNotFound when the account has no such device.
  void Name(const AccountName& name, const std::string& device_id, const std::string& device_name,
            Duration deadline, std::function<void(absl::Status)> done);
  // Its tokens are worthless; its counts stay with its place. kNotFound when the account has no such proof.
  void Forget(const AccountName& name, Lane lane, const std::string& id, Duration deadline,
              std::function<void(absl::Status)> done);

  // Past logins, imported by a trusted caller: the source is familiar from then on (cold start).
  void Import(const AccountName& name, const Source& source, TimePoint at, Duration deadline,
              std::function<void(absl::Status)> done);

 private:
  // Tells other nodes; done when that is as safe as the settings ask.
  void Publish(const Revocation& revocation, const Key& account, std::function<void(absl::Status)> done);
  std::string MintDevice(const Key& account, uint64_t id, int64_t epoch, TimePoint now) const;

  OwnerParts parts_;
};

}  // namespace latchkey
