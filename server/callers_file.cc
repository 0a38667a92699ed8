#include "server/callers_file.h"

#include <yaml-cpp/yaml.h>

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace latchkey {
namespace {

class CallersReader {
 public:
  CallersReader(const std::string& path, CallerAuthSettings& settings) : path_(path), settings_(settings) {}

  absl::Status Read(const YAML::Node& root) {
    if (!root.IsSequence())
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ":1:1: must be a list of callers, each with name, sha256 and roles"));
    for (const YAML::Node& node : root) ReadCaller(node);
    if (problems_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(problems_, "\n"));
  }

 private:
  void Bad(const YAML::Node& node, const std::string& problem) {
    problems_.push_back(
        absl::StrCat(path_, ":", node.Mark().line + 1, ":", node.Mark().column + 1, ": ", problem));
  }

  static std::string Text(const YAML::Node& node, const char* key) {
    const YAML::Node value = node[key];
    return value && value.IsScalar() ? value.Scalar() : std::string();
  }

  void ReadCaller(const YAML::Node& node) {
    if (!node.IsMap()) return Bad(node, "a caller must be a map with name, sha256 and roles");
    static const std::set<std::string> kKnown = {"name", "sha256", "common_name", "roles", "environment"};
    for (const auto& item : node) {
      if (!kKnown.contains(item.first.Scalar()))
        Bad(item.first, absl::StrCat("unknown key '", item.first.Scalar(),
                                     "'; known are name, sha256, common_name, roles, environment"));
    }
    Caller caller{.name = Text(node, "name"), .environment = Text(node, "environment")};
    if (caller.name.empty()) Bad(node, "the caller has no name");
    if (!names_.insert(caller.name).second)
      Bad(node, absl::StrCat("two callers are called '", caller.name, "'; nobody shares an identity"));
    const YAML::Node roles = node["roles"];
    if (!roles || !roles.IsSequence() || roles.size() == 0)
      Bad(node, "the caller has no roles; write for example `roles: [reporter]`");
    for (const YAML::Node& role : roles) {
      const std::optional<Role> known = RoleFromName(role.Scalar());
      if (known)
        caller.roles.Insert(*known);
      else
        Bad(role, absl::StrCat("unknown role '", role.Scalar(),
                               "'; known are reporter, dependent, viewer, analyst, operator, admin"));
    }
    const std::string digest = Text(node, "sha256");
    const std::string common_name = Text(node, "common_name");
    if (digest.empty() == common_name.empty())
      return Bad(
          node,
          "a caller is known by `sha256` of a key or by `common_name` of a certificate: write one of them");
    if (!common_name.empty()) {
      settings_.certificates.push_back({.common_name = common_name, .caller = std::move(caller)});
      return;
    }
    const auto sha256 = DigestFromHex(digest);
    if (!sha256)
      return Bad(node["sha256"],
                 "must be 64 hexadecimal digits, as `printf %s \"$KEY\" | sha256sum` prints them");
    settings_.keys.push_back({.sha256 = *sha256, .caller = std::move(caller)});
  }

  const std::string& path_;
  CallerAuthSettings& settings_;
  std::set<std::string> names_;
  std::vector<std::string> problems_;
};

}  // namespace

absl::StatusOr<CallerAuthSettings> ReadCallersFile(const std::string& path, const std::string& environment) {
  CallerAuthSettings settings;
  settings.environment = environment;
  try {
    if (absl::Status status = CallersReader(path, settings).Read(YAML::LoadFile(path)); !status.ok())
      return status;
  } catch (const YAML::BadFile&) {
    return absl::NotFoundError(absl::StrCat(path, ": the file of callers cannot be read"));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ":", error.mark.line + 1, ":", error.mark.column + 1, ": ", error.msg));
  }
  return settings;
}

}  // namespace latchkey
