#include "server/exposure.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/text.h"

namespace latchkey {

bool IsLocalOnly(std::string_view listen) {
  const absl::string_view address = ToAbsl(listen);
  for (const char* local : {"127.", "[::1]:", "localhost:", "unix:"}) {
    if (absl::StartsWith(address, local)) return true;
  }
  return false;
}

absl::Status CheckExposure(const ServerSettings& settings) {
  if (IsLocalOnly(settings.listen) || settings.insecure) return absl::OkStatus();
  const char* missing = settings.tls_certificate.empty() ? "tls.certificate and tls.private_key"
                        : settings.api_keys.empty() && settings.tls_client_ca.empty()
                            ? "api_keys or tls.client_ca"
                            : nullptr;
  if (missing == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "listen: ", settings.listen, " can be reached from other machines, which needs ", missing,
      "; set them, listen on 127.0.0.1, or say --insecure knowing that anybody can then ask and report"));
}

}  // namespace latchkey
