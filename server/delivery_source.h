// The delivery that the settings ask for: outbox, transport, and the thread that turns them.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/messages/message_writer.h"
#include "engine/delivery/courier.h"
#include "engine/delivery/notice_pump.h"
#include "engine/workflow/standings.h"
#include "server/ledger_source.h"
#include "server/settings.h"

namespace latchkey {

// Thread-safe.
class DeliverySource {
 public:
  struct Parts {
    Standings& standings;
    LedgerSource& ledger;
    const Clock& clock;
    RandomSource& random;
  };
  // Null when the settings name no targets. What is passed in outlives it.
  static absl::StatusOr<std::unique_ptr<DeliverySource>> Open(const ServerSettings& settings, Parts parts);
  // What waits stays on the disk.
  ~DeliverySource();
  DeliverySource(const DeliverySource&) = delete;
  DeliverySource& operator=(const DeliverySource&) = delete;

  [[nodiscard]] Courier& courier() { return *courier_; }
  [[nodiscard]] const NoticePump& pump() const { return *pump_; }
  // Reads all secrets again; when one is wrong, the old ones stay.
  absl::Status ReloadSecrets() { return writer_->Reload(); }

 private:
  explicit DeliverySource(const Clock& clock) : clock_(clock) {}
  void Run();

  const Clock& clock_;
  std::unique_ptr<OutboxStorage> storage_;
  std::unique_ptr<SigningMessageWriter> writer_;
  std::shared_ptr<MessageTransport> transport_;  // shared with whoever may wake it
  std::unique_ptr<Courier> courier_;
  std::vector<std::unique_ptr<NoticeFeed>> feeds_;
  std::unique_ptr<SharedPlaces> places_;
  std::unique_ptr<NoticePump> pump_;
  std::vector<Wakers::Subscription> wakes_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

// What is wrong with targets and their secrets, without starting anything.
[[nodiscard]] absl::Status CheckDelivery(const ServerSettings& settings);

}  // namespace latchkey
