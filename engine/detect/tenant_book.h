// What is counted of each tenant: names, sources and passwords that fail. At most 31 tenants; those after
// them are watched account by account only. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/assess/decision.h"
#include "engine/base/mutex.h"
#include "engine/detect/tally.h"

namespace latchkey {

class TenantBook {
 public:
  static constexpr uint8_t kTenantsMax = 31;
  static constexpr uint8_t kNone = kTenantsMax;
  static constexpr size_t kBusiest = 32;

  // Below kTenantsMax, or kNone when there are too many.
  uint8_t IndexOf(uint64_t tenant, std::string_view name);
  [[nodiscard]] std::string NameOf(uint8_t index) const;
  // Of IndexOf; 0 for kNone.
  [[nodiscard]] uint64_t IdOf(uint8_t index) const {
    return index < kTenantsMax ? ids_[index].load(std::memory_order_acquire) : 0;
  }

  struct Try {
    uint64_t account = 0;
    uint64_t source = 0;
    Action answered = Action::kAllow;
    bool unknown = false;
    std::optional<uint16_t> fresh_tag;  // of a wrong password that this account was not tried with before
    TimePoint at;
  };
  // True when it is time to look: the tally is then as detectors are shown it.
  bool Count(uint8_t index, const Try& tried, TenantTally& tally);
  // One of those that fail on most accounts, as it is now.
  void NoteSource(uint8_t index, const SourceTally& source, TenantTally& tally);
  [[nodiscard]] std::vector<SourceTally> Busiest(uint8_t index, TimePoint now) const;

 private:
  static constexpr Duration kDay = std::chrono::hours(24);

  struct Tenant {
    mutable Mutex mutex;
    std::string name ABSL_GUARDED_BY(mutex);
    TenantTally tally ABSL_GUARDED_BY(mutex);
    uint32_t looked_at ABSL_GUARDED_BY(mutex) = 0;
    DistinctBits<16384> names ABSL_GUARDED_BY(mutex);
    DistinctBits<4096> sources ABSL_GUARDED_BY(mutex);
    DistinctBits<4096> day_sources ABSL_GUARDED_BY(mutex);
    std::array<uint16_t, TenantTally::kTags> today ABSL_GUARDED_BY(mutex){};
    std::array<uint16_t, TenantTally::kTags> yesterday ABSL_GUARDED_BY(mutex){};
    std::vector<SourceTally> busiest ABSL_GUARDED_BY(mutex);
  };
  static void Begin(Tenant& tenant, TimePoint now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(tenant.mutex);

  std::array<std::atomic<uint64_t>, kTenantsMax> ids_{};  // 0: free
  std::array<std::unique_ptr<Tenant>, kTenantsMax> tenants_;
  std::array<std::atomic<Tenant*>, kTenantsMax> published_{};
  Mutex adding_;
};

}  // namespace latchkey
