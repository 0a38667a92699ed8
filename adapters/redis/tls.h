// TLS over a socket, by OpenSSL: at least TLS 1.2; the server's certificate and name are always verified.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "adapters/redis/transport.h"

struct ssl_ctx_st;

namespace latchkey {

struct TlsOptions {
  std::string ca_file;      // PEM; empty: the system's authorities.
  std::string cert_file;    // PEM, for mutual TLS; with key_file.
  std::string key_file;     // PEM.
  std::string server_name;  // What the certificate must be for; empty: the URL's host.
};

// Immutable after loading; thread-safe.
class TlsContext {
 public:
  // Reads the files. The error names the file and OpenSSL's reason.
  [[nodiscard]] static absl::StatusOr<std::shared_ptr<const TlsContext>> Load(const TlsOptions& options);

  // `host` is the URL's host. SNI is sent when the expected name is not an address.
  [[nodiscard]] absl::StatusOr<std::unique_ptr<Transport>> Wrap(std::unique_ptr<Transport> socket,
                                                                const std::string& host) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  TlsContext(ssl_ctx_st* context, std::string server_name);

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::string server_name_;
};

}  // namespace latchkey
