#include "adapters/clients/cpp/dialer.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace latchkey::client {
namespace {

constexpr int kAnswerBytesMax = 16 << 20;
// The server allows a ping every ten seconds.
constexpr int kKeepaliveMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 5'000;

// Loopback, or a socket file: what never leaves the machine.
bool IsLocal(const std::string& server) {
  for (const char* prefix : {"127.", "localhost:", "[::1]:", "unix:", "dns:///localhost:"}) {
    if (absl::StartsWith(server, prefix)) return true;
  }
  return server == "localhost" || server == "[::1]";
}

// Nothing for a name that is empty.
absl::Status ReadFile(const std::string& name, std::string& text) {
  if (name.empty()) return absl::OkStatus();
  std::ostringstream read;
  if (std::ifstream file(name, std::ios::binary); file) read << file.rdbuf();
  text = read.str();
  if (!text.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(name, ": cannot be read, or is empty"));
}

absl::Status CheckKey(const std::string& file, std::string& key) {
  if (file.empty()) return absl::OkStatus();
  absl::StripAsciiWhitespace(&key);
  const bool plain =
      !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file, ": does not hold one word of plain text"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dialer>> Dialer::Create(const ClientOptions& options) {
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return absl::InvalidArgumentError("tls_certificate and tls_key need each other");
  }
  std::unique_ptr<Dialer> dialer(new Dialer(options));
  absl::StatusOr<Secrets> secrets = dialer->ReadSecrets();
  if (!secrets.ok()) return secrets.status();
  dialer->secrets_ = *std::move(secrets);
  if (!dialer->secrets_.api_key.empty() && !dialer->tls() && !options.insecure && !IsLocal(options.server)) {
    return absl::InvalidArgumentError(absl::StrCat("the API key would travel unencrypted to ", options.server,
                                                   ": set tls or tls_ca (or insecure)"));
  }
  return dialer;
}

absl::StatusOr<Dialer::Secrets> Dialer::ReadSecrets() const {
  Secrets secrets;
  absl::Status status = ReadFile(options_.tls_ca, secrets.ca);
  status.Update(ReadFile(options_.tls_certificate, secrets.certificate));
  status.Update(ReadFile(options_.tls_key, secrets.key));
  status.Update(ReadFile(options_.api_key_file, secrets.api_key));
  if (status.ok()) status = CheckKey(options_.api_key_file, secrets.api_key);
  if (!status.ok()) return status;
  return secrets;
}

std::shared_ptr<grpc::Channel> Dialer::Dial() {
  if (absl::StatusOr<Secrets> fresh = ReadSecrets(); fresh.ok()) secrets_ = *std::move(fresh);
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix("latchkey-cpp");
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  // Rests and repeats are the conversation's, which knows what is safe.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  if (!tls())
    return grpc::CreateCustomChannel(options_.server, grpc::InsecureChannelCredentials(), arguments);
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = secrets_.ca;
  ssl.pem_cert_chain = secrets_.certificate;
  ssl.pem_private_key = secrets_.key;
  return grpc::CreateCustomChannel(options_.server, grpc::SslCredentials(ssl), arguments);
}

void Dialer::Authorize(grpc::ClientContext& context) const {
  if (!secrets_.api_key.empty()) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", secrets_.api_key));
  }
}

}  // namespace latchkey::client
