#include "cli/settings.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/choice.h"
#include "engine/base/host_and_port.h"

namespace latchkey::cli {
namespace {

// HOST:PORT, or a name of gRPC's own: a socket file, or one that stands for many nodes
// (dns:///latchkey:7450).
std::string WrongServer(const std::string& text) {
  for (const char* scheme : {"unix:", "unix-abstract:", "dns:", "ipv4:", "ipv6:"}) {
    if (text.starts_with(scheme)) return "";
  }
  if (IsHostAndPort(text)) return "";
  return absl::StrCat("'", text,
                      "' is no HOST:PORT such as 127.0.0.1:7450, [::1]:7450 or latchkey.example:7450");
}

}  // namespace

std::optional<absl::Duration> ParseDuration(const std::string& text) {
  absl::Duration duration;
  // Days as policies write them: 30d.
  int64_t days = 0;
  const bool in_days = text.ends_with('d') && absl::SimpleAtoi(text.substr(0, text.size() - 1), &days) &&
                       days >= 0 && days <= 3650;
  if (in_days) duration = absl::Hours(24) * days;
  if ((!in_days && !absl::ParseDuration(text, &duration)) || duration <= absl::ZeroDuration() ||
      duration > absl::Hours(24 * 3650)) {
    return std::nullopt;
  }
  return duration;
}

CLI::Option* AddDuration(CLI::App& app, const std::string& names, absl::Duration& target,
                         const std::string& help) {
  return app
      .add_option_function<std::string>(
          names, [&target](const std::string& text) { target = ParseDuration(text).value_or(target); }, help)
      ->check([](const std::string& text) {
        return ParseDuration(text) ? std::string() : "'" + text + "' is not a time such as 500ms, 5s, 2m";
      })
      ->type_name("TIME");
}

void AddSettings(CLI::App& app, Settings& settings) {
  const std::string connection = "Connection";
  app.add_option("--server", settings.server, "Where latchkeyd listens")
      ->envname("LATCHKEY_SERVER")
      ->type_name("HOST:PORT")
      ->check(WrongServer)
      ->capture_default_str()
      ->group(connection);
  app.add_flag("--tls", settings.tls, "Use TLS with the system's root certificates")->group(connection);
  app.add_option("--tls-ca", settings.tls_ca, "Use TLS and trust this certificate authority (PEM)")
      ->envname("LATCHKEY_TLS_CA")
      ->type_name("FILE")
      ->group(connection);
  auto* certificate =
      app.add_option("--tls-cert", settings.tls_certificate, "Present this client certificate (PEM)")
          ->envname("LATCHKEY_TLS_CERT")
          ->type_name("FILE")
          ->group(connection);
  auto* key = app.add_option("--tls-key", settings.tls_key, "The key of --tls-cert (PEM)")
                  ->envname("LATCHKEY_TLS_KEY")
                  ->type_name("FILE")
                  ->group(connection);
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--api-key-file", settings.api_key_file, "Read the API key from this file")
      ->envname("LATCHKEY_API_KEY_FILE")
      ->type_name("FILE")
      ->group(connection);
  app.add_flag("--insecure", settings.insecure, "Send the API key unencrypted to another machine")
      ->group(connection);
  AddDuration(app, "--timeout", settings.timeout, "Give up on a call after this long [5s]")
      ->each([&settings](const std::string&) { settings.timeout_given = true; })
      ->group(connection);
  app.add_option("--tenant", settings.tenant, "Whose accounts are meant [the tenant 'default']")
      ->envname("LATCHKEY_TENANT")
      ->type_name("NAME");
  static const Choices<OutputFormat> kFormats = {{"table", OutputFormat::kTable},
                                                 {"json", OutputFormat::kJson}};
  AddChoice(app, "-o,--output", kFormats, settings.output, "table for people, json for scripts [table]");
}

}  // namespace latchkey::cli
