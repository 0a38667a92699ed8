// The files that TLS of the server is made of.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace latchkey {

// Files in PEM, read again every minute, so that a certificate is renewed without a restart.
struct TlsFiles {
  std::string certificate;
  std::string private_key;
  std::string client_ca;  // empty: clients need no certificate
  // Every client needs one. Otherwise one that is presented is verified, and API keys serve the others.
  bool require_client_certificate = false;
};

// Whether a server can be made of them: gRPC listens all the same where it cannot, and then refuses every
// client. kInvalidArgument names the file, and says what is wrong with it.
[[nodiscard]] absl::Status CheckTlsFiles(const TlsFiles& files);

}  // namespace latchkey
