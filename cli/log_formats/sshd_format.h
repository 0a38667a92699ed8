// The log of OpenSSH's sshd as syslog writes it, from its text alone.
#pragma once

#include "absl/time/time.h"
#include "cli/log_formats/log_format.h"

namespace latchkey::cli {

// Judged passwords are logins: "Failed password for [invalid user] NAME from ADDR port N ssh2", "Accepted …",
// "Partial …", alone or in "message repeated N times: [ … ]". A key that was accepted is a complete login
// with a certificate, which cannot be guessed. Lines of PAM tell the same again and are left out.
//
// The name is whatever stands before the last " from ADDR port N ssh2": it is chosen by strangers, who may
// write such words into it.
class SshdFormat final : public LogFormat {
 public:
  // Stamps without a year are read as of `now`, those without a zone in `zone`.
  SshdFormat(absl::Time now, absl::TimeZone zone) : now_(now), zone_(zone) {}
  [[nodiscard]] ParsedLine Parse(std::string_view line) override;

 private:
  absl::Time now_;
  absl::TimeZone zone_;
};

}  // namespace latchkey::cli
