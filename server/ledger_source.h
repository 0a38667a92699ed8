// The ledger that goes with the store: its thread, and what a node keeps of it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/statusor.h"
#include "adapters/log/logging.h"
#include "engine/incident/node_ledger.h"
#include "engine/incident/sealed_ledger.h"
#include "server/store_source.h"

namespace latchkey {

// Opens the ledger, and looks at it as long as it lives: when something was put here, and a few times a
// second for what other nodes have put.
class LedgerSource {
 public:
  // After each look: what findings and stakes have to be kept up with. On the ledger's thread.
  using Keep = std::function<void(TimePoint now)>;

  static absl::StatusOr<std::unique_ptr<LedgerSource>> Open(StoreSource& stores, const Sealer& sealer,
                                                            const Clock& clock, ServiceLog& log);
  ~LedgerSource();
  LedgerSource(const LedgerSource&) = delete;
  LedgerSource& operator=(const LedgerSource&) = delete;

  [[nodiscard]] NodeLedger& node() { return node_; }
  // As it is stored, for what is not of the node's copy; waits for a disk or for Redis.
  [[nodiscard]] Ledger& stored() { return *ledger_; }
  // Whether other nodes may have it too.
  [[nodiscard]] bool is_shared() const { return is_shared_; }
  // Reads the ledger once, then begins to look. All that was added to the node's ledger outlives Stop.
  void Start(Keep keep);
  // Idempotent.
  void Stop();

 private:
  LedgerSource(std::unique_ptr<Ledger> ledger, bool is_shared, const Sealer& sealer, Duration look_every,
               const Clock& clock, ServiceLog& log);
  void Look();
  void Run();
  void Wake();

  std::unique_ptr<Ledger> ledger_;
  const bool is_shared_;
  SealedLedger sealed_;
  const Duration look_every_;
  const Clock& clock_;
  ServiceLog& log_;
  NodeLedger node_;
  Keep keep_;
  bool failing_ = false;  // the thread's
  std::mutex mutex_;      // guards the two below
  std::condition_variable wake_;
  bool woken_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace latchkey
