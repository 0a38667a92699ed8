#include "adapters/messages/message_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/messages/secret_file.h"
#include "adapters/messages/webhook_signature.h"
#include "engine/base/status_macros.h"
#include "engine/base/unix_second.h"

namespace latchkey {
namespace {

constexpr char kTokenType[] = "secevent+jwt";

}  // namespace

absl::StatusOr<std::unique_ptr<SigningMessageWriter>> SigningMessageWriter::Create(
    const std::vector<DeliveryTarget>& targets, std::string environment, TextsMayHold texts) {
  std::unique_ptr<SigningMessageWriter> writer(
      new SigningMessageWriter(targets, std::move(environment), texts));
  LATCHKEY_RETURN_IF_ERROR(writer->Reload());
  return writer;
}

absl::StatusOr<SigningMessageWriter::Secrets> SigningMessageWriter::Read(const DeliveryTarget& target) {
  Secrets secrets;
  for (const std::string& path : target.secret_files) {
    LATCHKEY_ASSIGN_OR_RETURN(secrets.webhook.emplace_back(), ReadWebhookSecret(path));
  }
  if (!target.key_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(const std::string pem, ReadPrivateFile(target.key_file));
    auto signer = TokenSigner::FromPem(pem);
    if (!signer.ok()) {
      return absl::Status(signer.status().code(),
                          absl::StrCat(target.key_file, ": ", signer.status().message()));
    }
    secrets.signer = std::make_shared<TokenSigner>(*std::move(signer));
  }
  if (!target.authorization_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(secrets.authorization, ReadHeaderFile(target.authorization_file));
  }
  return secrets;
}

absl::Status SigningMessageWriter::Reload() {
  auto fresh = std::make_shared<SecretsByTarget>();
  for (const DeliveryTarget& target : targets_) {
    auto secrets = Read(target);
    if (!secrets.ok()) {
      return absl::Status(secrets.status().code(),
                          absl::StrCat("delivery target '", target.name, "': ", secrets.status().message()));
    }
    fresh->emplace(target.name, *std::move(secrets));
  }
  const MutexLock lock(mutex_);
  secrets_ = std::move(fresh);
  return absl::OkStatus();
}

std::optional<std::string> SigningMessageWriter::Payload(const DeliveryTarget& target, const Notice& notice) {
  if (target.format == MessageFormat::kSecurityEvent) return SecurityEventClaims(target, notice, texts_);
  return WebhookBody(target, notice, environment_, texts_);
}

absl::StatusOr<DeliveryRequest> SigningMessageWriter::Request(const DeliveryTarget& target,
                                                              const OutboxEntry& entry, TimePoint now) {
  std::shared_ptr<const SecretsByTarget> all;
  {
    const MutexLock lock(mutex_);
    all = secrets_;
  }
  const auto found = all->find(target.name);
  if (found == all->end()) return absl::NotFoundError("the target has no secrets");
  const Secrets& secrets = found->second;
  DeliveryRequest request{.url = target.url, .format = target.format};
  request.headers.emplace_back("latchkey-attempt", absl::StrCat(entry.attempts));
  if (entry.replays > 0) request.headers.emplace_back("latchkey-replay", absl::StrCat(entry.replays));
  if (!secrets.authorization.empty()) request.headers.emplace_back("authorization", secrets.authorization);
  if (target.format == MessageFormat::kSecurityEvent) {
    request.headers.emplace_back("content-type", "application/secevent+jwt");
    request.headers.emplace_back("accept", "application/json");
    request.body = secrets.signer->Sign(kTokenType, entry.payload);
    return request;
  }
  request.headers.emplace_back("content-type", "application/json");
  request.headers.emplace_back("webhook-id", entry.notice_id);
  request.headers.emplace_back("webhook-timestamp", absl::StrCat(UnixSecond(now)));
  request.headers.emplace_back("webhook-signature", WebhookSignature(secrets.webhook, entry.notice_id,
                                                                     UnixSecond(now), entry.payload));
  request.body = entry.payload;
  return request;
}

}  // namespace latchkey
