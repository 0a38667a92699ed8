// Certificates for one test: an authority and what it signs, as PEM files in a folder that goes with them.
#pragma once

#include <string>

#include "tests/support/scratch_folder.h"

namespace latchkey {

class TestCertificates {
 public:
  // The server certificate is for this DNS name and for 127.0.0.1. Throws std::runtime_error.
  explicit TestCertificates(const std::string& dns_name = "localhost");

  [[nodiscard]] std::string ca_file() const { return folder_.File("ca.pem"); }
  [[nodiscard]] std::string cert_file() const { return folder_.File("cert.pem"); }
  [[nodiscard]] std::string key_file() const { return folder_.File("key.pem"); }
  // Names all three in the options of a server or a client.
  template <typename Options>
  void NameIn(Options& options) const {
    options.ca_file = ca_file();
    options.cert_file = cert_file();
    options.key_file = key_file();
  }

 private:
  ScratchFolder folder_;
};

}  // namespace latchkey
