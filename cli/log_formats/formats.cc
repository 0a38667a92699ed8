#include "cli/log_formats/formats.h"

#include "absl/strings/str_cat.h"
#include "cli/log_formats/csv_format.h"
#include "cli/log_formats/dovecot_format.h"
#include "cli/log_formats/json_format.h"
#include "cli/log_formats/sshd_format.h"

namespace latchkey::cli {

std::vector<std::string> LogFormatNames() { return {"sshd", "dovecot", "json", "csv"}; }

std::string LogFormatsText() {
  return "sshd or dovecot as syslog writes them, json: one object a line, csv: with a line of column names";
}

absl::StatusOr<std::unique_ptr<LogFormat>> MakeLogFormat(const std::string& name, const std::string& zone,
                                                         absl::Time now) {
  absl::TimeZone stamps = absl::LocalTimeZone();
  if (!zone.empty() && !absl::LoadTimeZone(zone, &stamps)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--zone: '", zone, "' is no time zone such as Europe/Rome"));
  }
  if (name == "json") return std::make_unique<JsonFormat>();
  if (name == "csv") return std::make_unique<CsvFormat>();
  if (name == "dovecot") return std::make_unique<DovecotFormat>(now, stamps);
  if (name == "sshd") return std::make_unique<SshdFormat>(now, stamps);
  return absl::InvalidArgumentError(absl::StrCat("--format: '", name, "' is unknown"));
}

}  // namespace latchkey::cli
