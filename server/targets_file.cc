#include "server/targets_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace latchkey {
namespace {

constexpr size_t kTargetsMax = 64;
constexpr size_t kNameMax = 64;
constexpr size_t kSecretsMax = 4;

bool IsName(const std::string& text) {
  return !text.empty() && text.size() <= kNameMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

class TargetsReader {
 public:
  TargetsReader(const std::string& path, PlainHttp plain) : path_(path), plain_(plain) {}

  absl::StatusOr<std::vector<DeliveryTarget>> Read(const YAML::Node& root) {
    if (!root.IsSequence() || root.size() == 0 || root.size() > kTargetsMax) {
      return absl::InvalidArgumentError(absl::StrCat(path_, ":1:1: must be a list of 1 to ", kTargetsMax,
                                                     " targets, each with name and url"));
    }
    for (const YAML::Node& node : root) ReadTarget(node);
    if (problems_.empty()) return std::move(targets_);
    return absl::InvalidArgumentError(absl::StrJoin(problems_, "\n"));
  }

 private:
  void Bad(const YAML::Node& node, const std::string& problem) {
    problems_.push_back(
        absl::StrCat(path_, ":", node.Mark().line + 1, ":", node.Mark().column + 1, ": ", problem));
  }

  std::string Text(const YAML::Node& node, const char* key) {
    const YAML::Node value = node[key];
    if (!value) return {};
    if (!value.IsScalar()) Bad(value, absl::StrCat("'", key, "' must be a single value"));
    return value.IsScalar() ? value.Scalar() : std::string();
  }

  std::vector<std::string> Texts(const YAML::Node& node, const char* key) {
    std::vector<std::string> texts;
    const YAML::Node value = node[key];
    if (!value) return texts;
    if (value.IsScalar()) return {value.Scalar()};
    if (!value.IsSequence()) Bad(value, absl::StrCat("'", key, "' must be a list"));
    for (const YAML::Node& item : value) {
      if (item.IsScalar()) {
        texts.push_back(item.Scalar());
      } else {
        Bad(item, absl::StrCat("'", key, "' must be a list of single values"));
      }
    }
    return texts;
  }

  void ReadTarget(const YAML::Node& node) {
    if (!node.IsMap()) return Bad(node, "a target must be a map with name and url");
    static const std::set<std::string> kKnown = {
        "name",         "url",      "format", "kinds",    "tenants", "show_names",
        "secret_files", "key_file", "issuer", "audience", "subject", "authorization_file"};
    for (const auto& item : node) {
      if (!kKnown.contains(item.first.Scalar())) {
        Bad(item.first,
            absl::StrCat("unknown key '", item.first.Scalar(), "'; known are ", absl::StrJoin(kKnown, ", ")));
      }
    }
    DeliveryTarget target{.name = Text(node, "name"), .url = Text(node, "url")};
    if (!IsName(target.name)) Bad(node, "the target's name must be 1 to 64 of a-z, 0-9 and -");
    if (!names_.insert(target.name).second)
      Bad(node, absl::StrCat("two targets are called '", target.name, "'"));
    if (const absl::Status url = CheckTargetUrl(target.url, plain_); !url.ok())
      Bad(node["url"] ? node["url"] : node, std::string(url.message()));
    target.tenants = Texts(node, "tenants");
    const std::string show_names = Text(node, "show_names");
    if (!show_names.empty() && show_names != "true" && show_names != "false")
      Bad(node["show_names"], "'show_names' must be true or false");
    target.show_names = show_names == "true";
    target.authorization_file = Text(node, "authorization_file");
    ReadKinds(node, target);
    const std::string format = Text(node, "format");
    if (format == "security_event") {
      ReadSecurityEvent(node, target);
    } else if (format.empty() || format == "webhook") {
      ReadWebhook(node, target);
    } else {
      Bad(node["format"], "'format' must be webhook or security_event");
    }
    targets_.push_back(std::move(target));
  }

  void ReadKinds(const YAML::Node& node, DeliveryTarget& target) {
    for (const std::string& name : Texts(node, "kinds")) {
      const std::optional<NoticeKind> kind = NoticeKindFromName(name);
      if (kind && *kind != NoticeKind::kTest) {
        target.kinds.push_back(*kind);
      } else {
        Bad(node["kinds"],
            absl::StrCat("unknown kind '", name, "'; known are standing, incident, owner_notice"));
      }
    }
    if (target.kinds.empty()) Bad(node, "the target has no kinds; write for example `kinds: [standing]`");
  }

  void Refuse(const YAML::Node& node, std::initializer_list<const char*> keys, const char* format) {
    for (const char* key : keys) {
      if (node[key]) Bad(node[key], absl::StrCat("'", key, "' is not for a target of format ", format));
    }
  }

  void ReadWebhook(const YAML::Node& node, DeliveryTarget& target) {
    Refuse(node, {"key_file", "issuer", "audience", "subject"}, "webhook");
    target.secret_files = Texts(node, "secret_files");
    if (target.secret_files.empty() || target.secret_files.size() > kSecretsMax) {
      Bad(node, absl::StrCat("a webhook has 1 to ", kSecretsMax,
                             " secret_files: its receiver could not tell who sends otherwise"));
    }
  }

  void ReadSecurityEvent(const YAML::Node& node, DeliveryTarget& target) {
    Refuse(node, {"secret_files"}, "security_event");
    target.format = MessageFormat::kSecurityEvent;
    target.key_file = Text(node, "key_file");
    target.issuer = Text(node, "issuer");
    target.audience = Text(node, "audience");
    for (const char* key : {"key_file", "issuer", "audience"}) {
      if (Text(node, key).empty()) Bad(node, absl::StrCat("a security_event target needs '", key, "'"));
    }
    for (const NoticeKind kind : target.kinds) {
      if (kind != NoticeKind::kStanding)
        Bad(node["kinds"], "only standings have a security event; tell the rest by a webhook");
    }
    const std::string subject = Text(node, "subject");
    if (subject == "iss_sub") {
      target.subject = SubjectForm::kIssuerSubject;
    } else if (subject == "email") {
      target.subject = SubjectForm::kEmail;
    } else if (subject == "opaque") {
      target.subject = SubjectForm::kOpaque;
    } else {
      Bad(node, "'subject' says how the account is named: iss_sub, email or opaque");
    }
    if (subject != "opaque" && !target.show_names)
      Bad(node, "subjects with names need 'show_names: true'; 'subject: opaque' names by pseudonym");
  }

  const std::string& path_;
  const PlainHttp plain_;
  std::vector<DeliveryTarget> targets_;
  std::set<std::string> names_;
  std::vector<std::string> problems_;
};

}  // namespace

absl::StatusOr<std::vector<DeliveryTarget>> ReadTargetsFile(const std::string& path, PlainHttp plain) {
  try {
    return TargetsReader(path, plain).Read(YAML::LoadFile(path));
  } catch (const YAML::BadFile&) {
    return absl::NotFoundError(absl::StrCat(path, ": the file of targets cannot be read"));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ":", error.mark.line + 1, ":", error.mark.column + 1, ": ", error.msg));
  }
}

}  // namespace latchkey
