// The log of Dovecot (2.2 to 2.4), through syslog or in a file of its own.
#pragma once

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "cli/log_formats/log_format.h"

namespace latchkey::cli {

// "imap-login: Login: user=<NAME>, … rip=ADDR …" is a complete login. A wrong password is told by the auth
// process ("… pam(NAME,ADDR,…): … Password mismatch", with auth_verbose), or by the login process when the
// connection ends ("Disconnected (auth failed, N attempts …): user=<NAME>, … rip=ADDR"), or by both: of the N
// attempts, those that the auth process has told already are not counted again.
class DovecotFormat final : public LogFormat {
 public:
  // Stamps without a year are read as of `now`, those without a zone in `zone`.
  DovecotFormat(absl::Time now, absl::TimeZone zone) : now_(now), zone_(zone) {}
  [[nodiscard]] ParsedLine Parse(std::string_view line) override;

 private:
  static constexpr size_t kToldMax = 65'536;

  ParsedLine FromLogin(std::string_view service, std::string_view message, absl::Time time);
  ParsedLine FromAuth(std::string_view message, absl::Time time);

  absl::Time now_;
  absl::TimeZone zone_;
  // Failures told by the auth process, by name and address, whose connection has not ended.
  absl::flat_hash_map<std::string, int64_t> told_;
};

}  // namespace latchkey::cli
