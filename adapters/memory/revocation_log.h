// This node's revocations, in a file of their own: synced before a revocation returns, read whole at the
// start.
//
// A revocation counts in memory from the moment it is asked for, even when the disk then fails: an error
// costs a token and never revives one. Entries whose tokens have all expired are left out when the file is
// next opened.
//
// Thread-safe. Lookups wait for no disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "adapters/memory/framed_file.h"
#include "engine/base/mutex.h"
#include "engine/store/revocations.h"

namespace latchkey {

class RevocationLog final : public Revocations {
 public:
  // kFailedPrecondition: the file is foreign, of another version or environment, or in use; it is left as it
  // is. kDataLoss: an entry in its middle is damaged. Starting without it could revive a token, so somebody
  // has to look; a torn end is a revocation that never returned, and is cut.
  static absl::StatusOr<std::unique_ptr<RevocationLog>> Open(const std::string& path,
                                                             const std::string& environment, TimePoint now);

  [[nodiscard]] int64_t EpochOf(const Key& account) const override;
  [[nodiscard]] bool IsRevoked(uint64_t device) const override;
  absl::Status RevokeAll(const Key& account, int64_t epoch, TimePoint keep_until) override;
  absl::Status RevokeDevice(uint64_t device, TimePoint keep_until) override;

  [[nodiscard]] size_t size() const;  // accounts and devices
  // Those whose tokens have not all expired by themselves.
  [[nodiscard]] std::vector<Revocation> Live(TimePoint now) const;
  [[nodiscard]] const ReadReport& read() const { return read_; }

 private:
  struct Epoch {
    int64_t least = 0;
    TimePoint keep_until;
  };
  explicit RevocationLog(FramedFile file) : file_(std::move(file)) {}
  bool Remember(std::string_view payload);
  absl::Status Compact(TimePoint now);
  absl::Status Keep(const std::string& payload);

  mutable Mutex mutex_;
  absl::flat_hash_map<Key, Epoch> epochs_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, TimePoint> devices_ ABSL_GUARDED_BY(mutex_);

  Mutex file_mutex_;
  FramedFile file_ ABSL_GUARDED_BY(file_mutex_);
  ReadReport read_;
};

}  // namespace latchkey
