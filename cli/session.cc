#include "cli/session.h"

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/exit_code.h"
#include "cli/files.h"
#include "engine/base/status_macros.h"

namespace latchkey::cli {
namespace {

// Loopback, or a socket file: what never leaves the machine.
bool IsLocal(const std::string& server) {
  for (const char* prefix : {"127.", "localhost:", "[::1]:", "unix:", "dns:///localhost:"}) {
    if (absl::StartsWith(server, prefix)) return true;
  }
  return server == "localhost" || server == "[::1]";
}

// What may mend a connection that never came about, beside starting a server.
std::string MendOf(const std::string& said, bool tls) {
  if (absl::StrContains(said, "wrong version number"))
    return "What listens there speaks no TLS: leave --tls and --tls-ca out.";
  if (absl::StrContains(said, "certificate verify failed"))
    return "--tls-ca FILE names the authority that has signed its certificate.";
  if (absl::StrContains(said, "empty address list") && tls)
    return "Are the files of --tls-ca, --tls-cert and --tls-key PEM, and do the last two belong together?";
  std::string mend = "Is it running? --server or LATCHKEY_SERVER says where to ask.";
  // It was there, and hung up on who did not begin with TLS, or who did not show a certificate.
  if (absl::StrContains(said, "Socket closed"))
    absl::StrAppend(
        &mend, tls ? " Does it want a certificate (--tls-cert)?" : " Does it want TLS (--tls, --tls-ca)?");
  return mend;
}

// Whether these are gRPC's own words, of a server that it did not reach; else the server has said them.
bool WasNotReached(const std::string& said) {
  for (const char* part : {"failed to connect", "DNS resolution failed", "empty address list",
                           "Socket closed", "recvmsg:", "sendmsg:", "GOAWAY", "keepalive"}) {
    if (absl::StrContains(said, part)) return true;
  }
  return false;
}

bool UsesTls(const Settings& settings) {
  return settings.tls || !settings.tls_ca.empty() || !settings.tls_certificate.empty();
}

}  // namespace

Session::Session(Settings settings, Streams streams) : settings_(std::move(settings)), streams_(streams) {}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Session::Credentials() {
  if (!UsesTls(settings_)) {
    if (!api_key_.empty() && !settings_.insecure && !IsLocal(settings_.server)) {
      return absl::InvalidArgumentError(absl::StrCat("the API key would travel unencrypted to ",
                                                     settings_.server,
                                                     ": add --tls or --tls-ca FILE (or --insecure)"));
    }
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  if (!settings_.tls_ca.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(options.pem_root_certs, ReadFile(settings_.tls_ca));
  }
  if (!settings_.tls_certificate.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadFile(settings_.tls_certificate));
    LATCHKEY_ASSIGN_OR_RETURN(options.pem_private_key, ReadFile(settings_.tls_key));
  }
  return grpc::SslCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::Channel() {
  if (channel_) return channel_;
  if (!settings_.api_key_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(api_key_, ReadSecret(settings_.api_key_file));
  }
  LATCHKEY_ASSIGN_OR_RETURN(auto credentials, Credentials());
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix("latchkey-cli");
  // A node of its own answers each run: no connection of an earlier one in this process is shared.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel(settings_.server, credentials, arguments);
  return channel_;
}

void Session::Prepare(grpc::ClientContext& context, std::optional<absl::Duration> timeout) const {
  if (timeout) {
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(*timeout));
  }
  if (!api_key_.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", api_key_));
}

absl::Status Session::ToStatus(const grpc::Status& status) const {
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  const std::string& said = status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      if (!WasNotReached(said))
        return {code, absl::StrCat("latchkeyd at ", settings_.server, " cannot answer now: ", said)};
      return {code, absl::StrCat("no answer from latchkeyd at ", settings_.server, ": ", said, ". ",
                                 MendOf(said, UsesTls(settings_)))};
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {code, absl::StrCat("latchkeyd at ", settings_.server, " did not answer within ",
                                 absl::FormatDuration(settings_.timeout), " (--timeout)")};
    case grpc::StatusCode::UNAUTHENTICATED:
      return {code,
              absl::StrCat(
                  said, settings_.api_key_file.empty() ? " (--api-key-file names the file of the key)" : "")};
    case grpc::StatusCode::UNIMPLEMENTED:
      return {code, absl::StrCat("latchkeyd at ", settings_.server, " does not serve this call",
                                 said.empty() ? "" : ": ", said)};
    default:
      return {code, said.empty() ? absl::StatusCodeToString(code) : said};
  }
}

}  // namespace latchkey::cli
