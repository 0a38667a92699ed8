#include "cli/lab/lab_files.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "adapters/scenario_file/yaml_scenario_reader.h"
#include "engine/base/status_macros.h"

namespace latchkey::cli {
namespace {

namespace fs = std::filesystem;

bool HoldsYaml(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".yaml") return true;
  }
  return false;
}

// The first such folder above this program, or above where we are.
absl::StatusOr<std::string> FolderAbove(const std::vector<std::string>& names) {
  std::error_code error;
  for (fs::path folder : {fs::read_symlink("/proc/self/exe", error).parent_path(), fs::current_path(error)}) {
    while (!folder.empty()) {
      for (const std::string& name : names) {
        if (HoldsYaml(folder / name)) return (folder / name).string();
      }
      if (folder == folder.root_path()) break;
      folder = folder.parent_path();
    }
  }
  return absl::NotFoundError(
      absl::StrCat("there is no ", names.front(), " here; name files or folders with a flag"));
}

absl::StatusOr<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      if (!fs::exists(path, error)) return absl::NotFoundError(absl::StrCat(path, ": there is no such file"));
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() == ".yaml") inside.push_back(entry->path().string());
    }
    if (inside.empty()) return absl::NotFoundError(absl::StrCat(path, ": there is no .yaml file in it"));
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace

absl::StatusOr<std::vector<NamedPolicy>> LoadPolicies(const std::vector<std::string>& paths) {
  std::vector<std::string> places = paths;
  if (places.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(const std::string folder, FolderAbove({"policies", "share/latchkey/policies"}));
    places = {folder + "/default.yaml", folder, folder + "/baselines"};
  }
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(places));
  std::vector<NamedPolicy> policies;
  for (const std::string& file : files) {
    const std::string name = fs::path(file).stem().string();
    const bool known = std::any_of(policies.begin(), policies.end(),
                                   [&](const NamedPolicy& each) { return each.name == name; });
    if (known && paths.empty()) continue;  // the default one stands in its folder too
    LATCHKEY_ASSIGN_OR_RETURN(const std::string text, ReadPolicyText(file));
    const PolicyReading reading = YamlPolicyReader().Read(text, /*revision=*/1);
    LATCHKEY_RETURN_IF_ERROR(StatusOf(reading, file));
    policies.push_back({name, reading.policy});
  }
  return policies;
}

absl::StatusOr<std::vector<lab::Scenario>> LoadDetectionScenarios(const std::vector<std::string>& paths) {
  if (!paths.empty()) return LoadScenarios(paths);
  LATCHKEY_ASSIGN_OR_RETURN(const std::string folder,
                            FolderAbove({"tests/scenarios", "share/latchkey/scenarios"}));
  return LoadScenarios({folder, folder + "/detection"});
}

absl::StatusOr<std::vector<lab::Scenario>> LoadScenarios(const std::vector<std::string>& paths) {
  std::vector<std::string> places = paths;
  if (places.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(const std::string folder,
                              FolderAbove({"tests/scenarios", "share/latchkey/scenarios"}));
    places = {folder};
  }
  LATCHKEY_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(places));
  std::vector<lab::Scenario> scenarios;
  for (const std::string& file : files) {
    LATCHKEY_ASSIGN_OR_RETURN(lab::Scenario scenario, ReadScenarioFile(file));
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

}  // namespace latchkey::cli
