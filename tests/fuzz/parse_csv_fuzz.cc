// As parse_sshd_fuzz.cc, of comma-separated values.
#include "cli/log_formats/csv_format.h"
#include "tests/fuzz/parse_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  latchkey::cli::CsvFormat format;
  latchkey::ParseLog(format, data, size);
  return 0;
}
