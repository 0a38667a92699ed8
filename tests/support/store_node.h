// A node of a service that keeps its charges in Redis: all of it but the wire, with the keeper that watches
// and mends the store, a disk of revocations of its own and, if need be, a clock that goes wrong.
#pragma once

#include <memory>
#include <string>

#include "adapters/log/logging.h"
#include "adapters/memory/revocation_log.h"
#include "adapters/sodium/ring_sealer.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "adapters/system/system_clock.h"
#include "engine/assess/assessor.h"
#include "engine/assess/owner_desk.h"
#include "engine/assess/reporter.h"
#include "server/store_source.h"
#include "tests/support/engine_rig.h"
#include "tests/support/holds_within.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/seeded_random.h"

namespace latchkey {

// The system's clock, so much ahead.
class WrongClock final : public Clock {
 public:
  explicit WrongClock(Duration ahead) : ahead_(ahead) {}
  [[nodiscard]] TimePoint Now() const override { return clock_.Now() + ahead_; }

 private:
  SystemClock clock_;
  Duration ahead_;
};

struct StoreNodeOptions {
  std::string store;  // the URL
  std::string policy;
  std::string environment = "test";
  Duration clock_ahead{0};
  int replicas = 0;  // that must acknowledge a revocation
  uint64_t seed = 1;
};

// Throws std::runtime_error when it cannot start.
class StoreNode {
 public:
  explicit StoreNode(const StoreNodeOptions& options);
  ~StoreNode();
  StoreNode(const StoreNode&) = delete;
  StoreNode& operator=(const StoreNode&) = delete;

  // Why a node of these options would not start, or ok.
  [[nodiscard]] static absl::Status TryStart(const StoreNodeOptions& options);

  [[nodiscard]] Decision Assess(AttemptFields fields, Duration deadline = std::chrono::seconds(1));
  ReportResult Report(const Decision& decision, Outcome outcome);
  // Whether a wrong guess at this account was let through.
  bool Guess(const std::string& account);
  // A login with the right password and this device's token: its answer, and the token renewed.
  Decision LogIn(const std::string& account, std::string& device_token);
  [[nodiscard]] Confirmation Confirm(const std::string& account);
  absl::StatusOr<Confirmation> RevokeAll(const std::string& account);
  [[nodiscard]] StoreHealth Health() const { return health_->Health(); }
  // Waits for `holds` of the store's health, at most so long.
  template <typename Holds>
  bool Await(Duration most, Holds holds) {
    return HoldsWithin(most, [&] { return holds(Health()); });
  }

 private:
  static ServerSettings SettingsOf(const StoreNodeOptions& options, const std::string& folder);

  ScratchFolder folder_;
  WrongClock clock_;
  SeededRandom random_;
  SipHashKeyHasher hasher_;
  RingSealer sealer_;
  KeyMaker keys_;
  PolicyHolder policies_;
  std::unique_ptr<RevocationLog> revocations_;
  std::unique_ptr<StoreSource> stores_;
  std::unique_ptr<StoreHealthSource> health_;
  std::unique_ptr<Assessor> assessor_;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<OwnerDesk> desk_;
  int sources_ = 0;
};

}  // namespace latchkey
