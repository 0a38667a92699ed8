// Writes messages in the formats of their targets, and signs them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "adapters/messages/notice_json.h"
#include "adapters/messages/token_signer.h"
#include "engine/base/mutex.h"
#include "engine/delivery/transport.h"

namespace latchkey {

// Secrets are read when it is made and on Reload, which may come from any thread.
class SigningMessageWriter final : public MessageWriter {
 public:
  // Fails when a secret cannot be read.
  static absl::StatusOr<std::unique_ptr<SigningMessageWriter>> Create(
      const std::vector<DeliveryTarget>& targets, std::string environment, TextsMayHold texts);

  // Reads all secrets again: all or, when one is wrong, none.
  absl::Status Reload();

  std::optional<std::string> Payload(const DeliveryTarget& target, const Notice& notice) override;
  absl::StatusOr<DeliveryRequest> Request(const DeliveryTarget& target, const OutboxEntry& entry,
                                          TimePoint now) override;

 private:
  struct Secrets {
    std::vector<std::string> webhook;
    std::shared_ptr<const TokenSigner> signer;
    std::string authorization;
  };
  using SecretsByTarget = std::map<std::string, Secrets, std::less<>>;

  SigningMessageWriter(const std::vector<DeliveryTarget>& targets, std::string environment,
                       TextsMayHold texts)
      : targets_(targets), environment_(std::move(environment)), texts_(texts) {}
  static absl::StatusOr<Secrets> Read(const DeliveryTarget& target);

  const std::vector<DeliveryTarget> targets_;
  const std::string environment_;
  const TextsMayHold texts_;
  Mutex mutex_;
  std::shared_ptr<const SecretsByTarget> secrets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace latchkey
