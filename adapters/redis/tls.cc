#include "adapters/redis/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

// Takes all that OpenSSL has queued on this thread.
std::string OpenSslReason() {
  std::string reason = "unknown reason";
  for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    reason = text.data();
  }
  return reason;
}

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

bool IsAddress(const std::string& host) {
  in6_addr ignored{};
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(std::unique_ptr<Transport> socket, std::unique_ptr<SSL, FreeSsl> ssl)
      : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  [[nodiscard]] int fd() const override { return socket_->fd(); }

  [[nodiscard]] absl::StatusOr<SocketWait> Establish() override {
    if (!connected_) {
      LATCHKEY_ASSIGN_OR_RETURN(const SocketWait wait, socket_->Establish());
      if (wait != SocketWait::kNothing) return wait;
      connected_ = true;
    }
    ERR_clear_error();
    const int result = SSL_connect(ssl_.get());
    if (result == 1) return SocketWait::kNothing;
    LATCHKEY_ASSIGN_OR_RETURN(const Progress progress, Blocked(result, "TLS handshake"));
    return progress.wait;
  }

  [[nodiscard]] absl::StatusOr<Progress> Read(std::span<char> into) override {
    ERR_clear_error();
    size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (result == 1) return Progress{count};
    return Blocked(result, "TLS read");
  }

  [[nodiscard]] absl::StatusOr<Progress> Write(std::string_view bytes) override {
    ERR_clear_error();
    size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) return Progress{count};
    return Blocked(result, "TLS write");
  }

 private:
  absl::StatusOr<Progress> Blocked(int result, absl::string_view what) {
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return Progress{0, SocketWait::kReadable};
      case SSL_ERROR_WANT_WRITE:
        return Progress{0, SocketWait::kWritable};
      case SSL_ERROR_ZERO_RETURN:
        return absl::UnavailableError("the server closed the connection");
      case SSL_ERROR_SYSCALL:
        if (ERR_peek_error() == 0) {
          return absl::UnavailableError(absl::StrCat(
              what, ": ",
              system_error == 0 ? "the server closed the connection" : std::strerror(system_error)));
        }
        break;
      default:
        break;
    }
    const long verdict = SSL_get_verify_result(ssl_.get());
    const std::string reason = OpenSslReason();
    return absl::UnavailableError(absl::StrCat(
        what, ": ", reason,
        verdict == X509_V_OK ? "" : absl::StrCat(" (", X509_verify_cert_error_string(verdict), ")")));
  }

  std::unique_ptr<Transport> socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool connected_ = false;
};

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext::TlsContext(ssl_ctx_st* context, std::string server_name)
    : context_(context), server_name_(std::move(server_name)) {}

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Load(const TlsOptions& options) {
  ERR_clear_error();
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  if (raw == nullptr) return absl::InternalError(absl::StrCat("TLS: ", OpenSslReason()));
  std::shared_ptr<TlsContext> context(new TlsContext(raw, options.server_name));
  const auto refuse = [](absl::string_view what, const std::string& file) {
    return absl::InvalidArgumentError(absl::StrCat("TLS to Redis: ", what, " ", file, ": ", OpenSslReason()));
  };
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(raw) != 1) return refuse("system authorities", "");
  } else if (SSL_CTX_load_verify_locations(raw, options.ca_file.c_str(), nullptr) != 1) {
    return refuse("authority file", options.ca_file);
  }
  if (options.cert_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError("TLS to Redis: a client certificate needs both cert_file and key_file");
  }
  if (!options.cert_file.empty()) {
    if (SSL_CTX_use_certificate_chain_file(raw, options.cert_file.c_str()) != 1) {
      return refuse("certificate file", options.cert_file);
    }
    if (SSL_CTX_use_PrivateKey_file(raw, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
      return refuse("key file", options.key_file);
    }
    if (SSL_CTX_check_private_key(raw) != 1)
      return refuse("the key is not the certificate's:", options.key_file);
  }
  return context;
}

absl::StatusOr<std::unique_ptr<Transport>> TlsContext::Wrap(std::unique_ptr<Transport> socket,
                                                            const std::string& host) const {
  ERR_clear_error();
  const std::string& name = server_name_.empty() ? host : server_name_;
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context_.get()));
  bool ready = ssl != nullptr && SSL_set_fd(ssl.get(), socket->fd()) == 1;
  if (ready && IsAddress(name)) {
    ready = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), name.c_str()) == 1;
  } else if (ready) {
    ready =
        SSL_set1_host(ssl.get(), name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl.get(), name.c_str()) == 1;
  }
  if (!ready) return absl::InternalError(absl::StrCat("TLS: ", OpenSslReason()));
  return std::make_unique<TlsTransport>(std::move(socket), std::move(ssl));
}

}  // namespace latchkey
