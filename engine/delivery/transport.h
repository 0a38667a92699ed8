// How messages are written and carried (ports).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/delivery/answer.h"
#include "engine/delivery/outbox_storage.h"
#include "engine/delivery/target.h"

namespace latchkey {

// A POST.
struct DeliveryRequest {
  std::string url;
  MessageFormat format = MessageFormat::kWebhook;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// Writes messages for one deployment. Thread-compatible.
class MessageWriter {
 public:
  virtual ~MessageWriter() = default;
  // What is kept in the outbox: the same for every attempt. Nothing when the target's format has no words for
  // the notice.
  [[nodiscard]] virtual std::optional<std::string> Payload(const DeliveryTarget& target,
                                                           const Notice& notice) = 0;
  // One attempt: signed with the secrets as they are now. An error when these cannot be read.
  [[nodiscard]] virtual absl::StatusOr<DeliveryRequest> Request(const DeliveryTarget& target,
                                                                const OutboxEntry& entry, TimePoint now) = 0;
};

// Carries messages. Thread-compatible, but for Wake.
class MessageTransport {
 public:
  struct Arrival {
    uint64_t position = 0;
    Answer answer;
  };
  virtual ~MessageTransport() = default;
  // Begins; how it ended comes from Poll, within the transport's own bounds of time.
  virtual void Send(uint64_t position, DeliveryRequest request) = 0;
  // Works until something has ended, Wake is called or `patience` has passed.
  [[nodiscard]] virtual std::vector<Arrival> Poll(Duration patience) = 0;
  // From any thread.
  virtual void Wake() = 0;
};

}  // namespace latchkey
