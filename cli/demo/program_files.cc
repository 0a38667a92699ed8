#include "cli/demo/program_files.h"

#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"

namespace latchkey::demo {
namespace {

namespace fs = std::filesystem;

// The folder of this program, and all above it.
std::vector<fs::path> FoldersAbove() {
  std::error_code error;
  std::vector<fs::path> folders;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  while (!error && !folder.empty()) {
    folders.push_back(folder);
    if (folder == folder.root_path()) break;
    folder = folder.parent_path();
  }
  return folders;
}

absl::StatusOr<std::string> FirstFile(const std::vector<fs::path>& candidates, const std::string& what) {
  for (const fs::path& candidate : candidates) {
    std::error_code ignored;
    if (fs::is_regular_file(candidate, ignored)) return candidate.string();
  }
  return absl::UnknownError(absl::StrCat(what, " is not there; name it with a flag (latchkey demo --help)"));
}

}  // namespace

absl::StatusOr<std::string> FindServer() {
  std::vector<fs::path> candidates;
  for (const fs::path& folder : FoldersAbove()) {
    candidates.push_back(folder / "latchkeyd");
    candidates.push_back(folder / "server" / "latchkeyd");
    if (candidates.size() >= 6) break;  // not from somewhere far away
  }
  return FirstFile(candidates, "latchkeyd");
}

absl::StatusOr<std::string> FindPolicy(const std::string& name) {
  std::vector<fs::path> candidates;
  for (const fs::path& folder : FoldersAbove()) {
    candidates.push_back(folder / "policies" / name);
    candidates.push_back(folder / "share" / "latchkey" / "policies" / name);
  }
  return FirstFile(candidates, absl::StrCat("the policy ", name));
}

}  // namespace latchkey::demo
