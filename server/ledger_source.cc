#include "server/ledger_source.h"

#include <utility>

#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

constexpr LedgerLimits kLimits;
constexpr Duration kLookEvery{200};

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerSource>> LedgerSource::Open(StoreSource& stores, const Sealer& sealer,
                                                                 const Clock& clock, ServiceLog& log) {
  LATCHKEY_ASSIGN_OR_RETURN(std::unique_ptr<Ledger> ledger, stores.OpenLedger(kLimits));
  return std::unique_ptr<LedgerSource>(
      new LedgerSource(std::move(ledger), stores.ledger_is_shared(), sealer, kLookEvery, clock, log));
}

LedgerSource::LedgerSource(std::unique_ptr<Ledger> ledger, bool is_shared, const Sealer& sealer,
                           Duration look_every, const Clock& clock, ServiceLog& log)
    : ledger_(std::move(ledger)),
      is_shared_(is_shared),
      sealed_(*ledger_, sealer),
      look_every_(look_every),
      clock_(clock),
      log_(log),
      node_(sealed_, kLimits, [this] { Wake(); }) {}

LedgerSource::~LedgerSource() {
  Stop();
  ledger_.reset();  // before what its answers come to
}

void LedgerSource::Start(Keep keep) {
  keep_ = std::move(keep);
  Look();
  thread_ = std::thread([this] { Run(); });
}

void LedgerSource::Stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  node_.Stop();
}

void LedgerSource::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void LedgerSource::Look() {
  const absl::Status status = node_.Round();
  if (status.ok() == failing_) {
    failing_ = !status.ok();
    log_.Write(failing_ ? LogLevel::kWarn : LogLevel::kInfo,
               failing_ ? "the ledger cannot be read; it is tried again" : "the ledger is read again",
               {{"why", std::string(status.message())}});
  }
  keep_(clock_.Now());
}

void LedgerSource::Run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, look_every_, [this] { return ending_ || woken_; });
      if (ending_) return;
      woken_ = false;
    }
    Look();
  }
}

}  // namespace latchkey
