// As parse_sshd_fuzz.cc, of Dovecot's log.
#include "cli/log_formats/dovecot_format.h"
#include "tests/fuzz/parse_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  latchkey::cli::DovecotFormat format(absl::FromUnixSeconds(1'795'262'400), absl::UTCTimeZone());
  latchkey::ParseLog(format, data, size);
  return 0;
}
