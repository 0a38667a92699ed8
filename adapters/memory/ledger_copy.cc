#include "adapters/memory/ledger_copy.h"

#include <cstdlib>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "adapters/memory/ledger_log.h"
#include "adapters/memory/memory_signal_store.h"
#include "engine/base/status_macros.h"

namespace latchkey {

absl::Status ReadLedgerCopy(
    const std::string& path, const std::string& environment, const Clock& clock,
    const std::function<void(const Key& key, std::string_view bytes, TimePoint keep_until)>& visit) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (!fs::exists(path, failed)) return absl::NotFoundError(absl::StrCat(path, ": there is no such file"));
  std::string folder = (fs::temp_directory_path(failed) / "latchkey-dump-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::UnavailableError("no temporary folder");
  const absl::Cleanup clean = [&folder] {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  };
  const std::string copy = folder + "/ledger";
  if (!fs::copy_file(path, copy, failed))
    return absl::UnavailableError(absl::StrCat(path, ": ", failed.message()));
  MemorySignalStore store(clock, MemoryStoreOptions{});
  LATCHKEY_ASSIGN_OR_RETURN(const std::unique_ptr<LedgerLog> log,
                            LedgerLog::Open({.path = copy, .environment = environment}, clock, store));
  store.table().ForEach(clock.Now(), [&visit](const Key& key, const RecordTable::Entry& entry) {
    visit(key, entry.bytes(), entry.keep_until());
  });
  return absl::OkStatus();
}

}  // namespace latchkey
