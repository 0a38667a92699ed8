#include "tests/support/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace latchkey {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

void Must(bool done) {
  if (!done) throw std::runtime_error("cannot make the test's certificates");
}

Key NewKey() {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  Must(key != nullptr);
  return key;
}

void Extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  Must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Valid for an hour. A null issuer: signs itself.
Certificate NewCertificate(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                           int kind, const std::string& value) {
  Certificate certificate(X509_new(), X509_free);
  X509* raw = certificate.get();
  Must(raw != nullptr && X509_set_version(raw, 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(raw), -60);
  X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
  X509_set_pubkey(raw, key);
  X509_NAME* subject = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(raw, issuer == nullptr ? subject : X509_get_subject_name(issuer));
  Extend(raw, issuer == nullptr ? raw : issuer, kind, value);
  Must(X509_sign(raw, issuer_key, EVP_sha256()) > 0);
  return certificate;
}

File Create(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"), std::fclose);
  Must(file != nullptr);
  return file;
}

}  // namespace

TestCertificates::TestCertificates(const std::string& dns_name) {
  const Key ca_key = NewKey();
  const Key key = NewKey();
  const Certificate ca = NewCertificate("Latchkey test authority", ca_key.get(), nullptr, ca_key.get(),
                                        NID_basic_constraints, "critical,CA:TRUE");
  const Certificate certificate = NewCertificate(dns_name, key.get(), ca.get(), ca_key.get(),
                                                 NID_subject_alt_name, "DNS:" + dns_name + ",IP:127.0.0.1");
  Must(PEM_write_X509(Create(ca_file()).get(), ca.get()) == 1);
  Must(PEM_write_X509(Create(cert_file()).get(), certificate.get()) == 1);
  Must(PEM_write_PrivateKey(Create(key_file()).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace latchkey
