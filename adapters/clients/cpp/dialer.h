// Makes connections to latchkeyd: TLS, API key, and what gRPC is told about them.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "latchkey/client.h"

namespace latchkey::client {

// Thread-compatible.
class Dialer {
 public:
  // Reads the files once, so that mistakes show at the start. Errors as Client::Create.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Dialer>> Create(const ClientOptions& options);

  // A channel with a connection of its own, not yet made. Files that cannot be read now are as they were.
  [[nodiscard]] std::shared_ptr<grpc::Channel> Dial();

  // Puts the API key into a call.
  void Authorize(grpc::ClientContext& context) const;

 private:
  explicit Dialer(const ClientOptions& options) : options_(options) {}

  // Of the files; replaced together.
  struct Secrets {
    std::string ca;
    std::string certificate;
    std::string key;
    std::string api_key;
  };
  [[nodiscard]] absl::StatusOr<Secrets> ReadSecrets() const;
  [[nodiscard]] bool tls() const {
    return options_.tls || !options_.tls_ca.empty() || !options_.tls_certificate.empty();
  }

  const ClientOptions options_;
  Secrets secrets_;
};

}  // namespace latchkey::client
