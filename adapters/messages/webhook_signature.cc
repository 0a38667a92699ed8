#include "adapters/messages/webhook_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/check.h"
#include "engine/base/text.h"

namespace latchkey {

std::string WebhookSignature(const std::vector<std::string>& secrets, std::string_view id,
                             int64_t timestamp_seconds, std::string_view body) {
  const std::string content = absl::StrCat(ToAbsl(id), ".", timestamp_seconds, ".", ToAbsl(body));
  std::string signatures;
  for (const std::string& secret : secrets) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    LATCHKEY_CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes, content.size(),
                        digest.data(), &size) != nullptr);
    const absl::string_view raw(reinterpret_cast<const char*>(digest.data()), size);
    absl::StrAppend(&signatures, signatures.empty() ? "" : " ", "v1,", absl::Base64Escape(raw));
  }
  return signatures;
}

}  // namespace latchkey
