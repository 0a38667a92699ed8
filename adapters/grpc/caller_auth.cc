#include "adapters/grpc/caller_auth.h"

#include <grpcpp/server_context.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr size_t kKeyBytesMax = 512;

std::string_view ViewOf(const grpc::string_ref& text) { return {text.data(), text.size()}; }

std::string_view Authorization(const grpc::ServerContextBase& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  return found == metadata.end() ? std::string_view() : ViewOf(found->second);
}

std::string CommonName(const grpc::ServerContextBase& context) {
  const auto peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return "";
  const auto names = peer->FindPropertyValues("x509_common_name");
  return names.empty() ? "" : std::string(ViewOf(names.front()));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::array<uint8_t, 32>> DigestFromHex(std::string_view hex) {
  std::array<uint8_t, 32> digest{};
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (size_t i = 0; i < digest.size(); ++i) {
    const int high = HexDigit(hex[2 * i]);
    const int low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return digest;
}

std::array<uint8_t, 32> DigestOf(std::string_view key) {
  std::array<uint8_t, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return digest;
}

CallerAuth::CallerAuth(CallerAuthSettings settings, Refused refused)
    : refused_(std::move(refused)), known_(Index(std::move(settings))) {}

void CallerAuth::Replace(CallerAuthSettings settings) { known_.Set(Index(std::move(settings))); }

absl::StatusOr<std::shared_ptr<const Caller>> CallerAuth::Authorize(const grpc::ServerContextBase& context,
                                                                    Method method) const {
  return Decide(
      Authorization(context), [&context] { return CommonName(context); }, method);
}

absl::StatusOr<std::shared_ptr<const Caller>> CallerAuth::Authorize(std::string_view authorization,
                                                                    std::string_view common_name,
                                                                    Method method) const {
  return Decide(
      authorization, [common_name] { return std::string(common_name); }, method);
}

absl::StatusOr<std::shared_ptr<const Caller>> CallerAuth::Decide(std::string_view authorization,
                                                                 const NameOf& name_of, Method method) const {
  std::shared_ptr<const Known> known = known_.Get();
  const auto refuse = [&](absl::Status status, std::string_view caller) {
    if (refused_) refused_(method, caller, std::string(status.message()));
    return status;
  };
  const Caller* caller = Find(*known, authorization, name_of);
  if (caller == nullptr) {
    return refuse(absl::UnauthenticatedError(authorization.empty()
                                                 ? "no credentials: send `authorization: Bearer <API key>`"
                                                 : "these credentials are not known here"),
                  name_of());
  }
  if (!caller->environment.empty() && caller->environment != known->environment) {
    return refuse(absl::PermissionDeniedError("these credentials belong to another environment"),
                  caller->name);
  }
  if (!RolesFor(method).Intersects(caller->roles)) {
    return refuse(absl::PermissionDeniedError(absl::StrCat("this caller has not a role that ",
                                                           ToAbsl(MethodName(method)),
                                                           " needs; its comment in latchkey.v1 names them")),
                  caller->name);
  }
  return std::shared_ptr<const Caller>(std::move(known), caller);
}

const Caller* CallerAuth::Find(const Known& known, std::string_view authorization, const NameOf& name_of) {
  if (!authorization.empty()) {
    // What is presented must be right: a wrong key is not mended by a certificate or by being on loopback.
    if (authorization.substr(0, kBearer.size()) != kBearer) return nullptr;
    const std::string_view key = authorization.substr(kBearer.size());
    if (key.empty() || key.size() > kKeyBytesMax) return nullptr;
    const auto digest = DigestOf(key);
    const Caller* caller = nullptr;
    for (const auto& [known_digest, owner] : known.keys) {  // All of them, so that time tells nothing.
      if (CRYPTO_memcmp(known_digest.data(), digest.data(), digest.size()) == 0) caller = owner.get();
    }
    return caller;
  }
  if (!known.certificates.empty()) {
    const std::string common_name = name_of();
    for (const auto& [name, owner] : known.certificates) {
      if (name == common_name && !common_name.empty()) return owner.get();
    }
  }
  return known.anonymous.get();
}

std::shared_ptr<const CallerAuth::Known> CallerAuth::Index(CallerAuthSettings settings) {
  auto known = std::make_shared<Known>();
  known->environment = std::move(settings.environment);
  for (ApiKey& key : settings.keys) {
    known->keys.emplace_back(key.sha256, std::make_shared<const Caller>(std::move(key.caller)));
  }
  for (CertificateCaller& certificate : settings.certificates) {
    known->certificates.emplace_back(std::move(certificate.common_name),
                                     std::make_shared<const Caller>(std::move(certificate.caller)));
  }
  if (settings.anonymous) known->anonymous = std::make_shared<const Caller>(*std::move(settings.anonymous));
  return known;
}

}  // namespace latchkey
