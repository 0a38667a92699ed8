// Whatever stands in a log: each line is read on its own, and a login that is read has an account and a
// source.
#include "cli/log_formats/sshd_format.h"
#include "tests/fuzz/parse_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  latchkey::cli::SshdFormat format(absl::FromUnixSeconds(1'795'262'400), absl::UTCTimeZone());
  latchkey::ParseLog(format, data, size);
  return 0;
}
