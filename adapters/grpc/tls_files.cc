#include "adapters/grpc/tls_files.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

absl::Status Unusable(const char* what, const std::string& file, std::string why) {
  return absl::InvalidArgumentError(absl::StrCat("TLS: ", what, " ", file, ": ", why));
}

absl::Status CheckReadable(const char* what, const std::string& file) {
  std::ifstream stream(file);
  if (stream.peek() != std::ifstream::traits_type::eof()) return absl::OkStatus();
  return Unusable(what, file, "cannot be read, or is empty");
}

// What OpenSSL says of its last call; takes all that it has queued on this thread.
std::string Reason() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

}  // namespace

absl::Status CheckTlsFiles(const TlsFiles& files) {
  if (files.client_ca.empty() && files.require_client_certificate) {
    return absl::InvalidArgumentError("TLS: client certificates are required, so a client CA is needed too");
  }
  LATCHKEY_RETURN_IF_ERROR(CheckReadable("certificate", files.certificate));
  LATCHKEY_RETURN_IF_ERROR(CheckReadable("private key", files.private_key));
  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_server_method()));
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return Unusable("certificate", files.certificate, absl::StrCat("is no certificate in PEM: ", Reason()));
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Unusable("private key", files.private_key,
                    absl::StrCat("is not the key of ", files.certificate, ", in PEM: ", Reason()));
  }
  if (files.client_ca.empty()) return absl::OkStatus();
  LATCHKEY_RETURN_IF_ERROR(CheckReadable("client CA", files.client_ca));
  if (SSL_CTX_load_verify_locations(context.get(), files.client_ca.c_str(), nullptr) != 1) {
    return Unusable("client CA", files.client_ca, absl::StrCat("holds no certificate in PEM: ", Reason()));
  }
  return absl::OkStatus();
}

}  // namespace latchkey
