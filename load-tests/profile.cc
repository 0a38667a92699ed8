#include "load-tests/profile.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"

namespace latchkey::load {
namespace {

// Throws YAML::Exception where a value is missing or not what it should be.
template <typename Value>
Value Number(const YAML::Node& map, const char* name, Value least, Value most) {
  const auto value = map[name].as<Value>();
  if (!(value >= least && value <= most))
    throw YAML::Exception(map[name].Mark(), absl::StrCat("'", name, "' must be from ", least, " to ", most));
  return value;
}

void RequireKnown(const YAML::Node& map, const std::set<std::string>& names) {
  for (const auto& entry : map) {
    if (names.count(entry.first.as<std::string>()) == 0)
      throw YAML::Exception(entry.first.Mark(),
                            absl::StrCat("unknown key '", entry.first.as<std::string>(), "'"));
  }
}

Crowd ReadCrowd(const YAML::Node& map) {
  RequireKnown(map, {"name", "share", "accounts", "sources", "devices", "wrong"});
  Crowd crowd;
  crowd.name = map["name"].as<std::string>();
  crowd.share = Number(map, "share", 0.0, 1.0);
  crowd.accounts = Number(map, "accounts", 1, 9'999'999);
  crowd.sources = Number(map, "sources", 1, 10'000'000);
  crowd.wrong = Number(map, "wrong", 0.0, 1.0);
  crowd.devices = map["devices"].as<bool>(false);
  return crowd;
}

Profile Read(const YAML::Node& root) {
  RequireKnown(root, {"what", "rate", "pace", "crowds"});
  Profile profile;
  profile.shape.what = root["what"].as<std::string>();
  profile.shape.reports = true;
  profile.rate = Number(root, "rate", 1.0, 1e6);
  for (const auto& step : root["pace"]) {
    if (!(step.as<double>() > 0)) throw YAML::Exception(step.Mark(), "a pace must be above zero");
    profile.pace.push_back(step.as<double>());
  }
  double shares = 0;
  for (const auto& crowd : root["crowds"]) {
    profile.shape.crowds.push_back(ReadCrowd(crowd));
    shares += profile.shape.crowds.back().share;
  }
  if (std::abs(shares - 1) > 1e-9)
    throw YAML::Exception(root["crowds"].Mark(), absl::StrCat("shares must add up to 1, not ", shares));
  return profile;
}

}  // namespace

absl::StatusOr<Profile> ReadProfile(const std::string& file) {
  try {
    Profile profile = Read(YAML::LoadFile(file));
    profile.shape.name = std::filesystem::path(file).stem().string();
    return profile;
  } catch (const YAML::BadFile&) {
    return absl::NotFoundError(absl::StrCat(file, ": cannot be read"));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ":", error.mark.line + 1, ":", error.mark.column + 1, ": ", error.msg));
  }
}

absl::StatusOr<std::vector<Profile>> ReadProfiles(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  if (error || files.empty()) return absl::NotFoundError(absl::StrCat(folder, ": no profiles there"));
  std::sort(files.begin(), files.end());
  std::vector<Profile> profiles;
  for (const std::string& file : files) {
    auto profile = ReadProfile(file);
    if (!profile.ok()) return profile.status();
    profiles.push_back(*std::move(profile));
  }
  return profiles;
}

}  // namespace latchkey::load
