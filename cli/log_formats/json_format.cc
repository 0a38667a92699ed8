#include "cli/log_formats/json_format.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/enum_words.h"
#include "cli/log_formats/login_check.h"
#include "cli/printable.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

// Sets one field; answers what is wrong, or nothing.
std::string SetField(const std::string& key, const std::string& value, v1::LoginEvent& event) {
  if (key == "account") {
    event.set_account(value);
  } else if (key == "source") {
    event.set_source(value);
  } else if (key == "tenant") {
    event.set_tenant(value);
  } else if (key == "path") {
    event.set_path(value);
  } else if (key == "outcome") {
    event.set_outcome(static_cast<v1::Outcome>(EnumNumber(*v1::Outcome_descriptor(), value)));
    if (event.outcome() == v1::OUTCOME_UNSPECIFIED)
      return absl::StrCat("unknown outcome '", Printable(value), "'");
  } else if (key == "factor") {
    event.set_factor(static_cast<v1::Factor>(EnumNumber(*v1::Factor_descriptor(), value)));
    if (event.factor() == v1::FACTOR_UNSPECIFIED)
      return absl::StrCat("unknown factor '", Printable(value), "'");
  } else if (key == "occur_time") {
    absl::Time time;
    if (value.size() > 40 || !absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) {
      return "occur_time is not a time such as 2026-11-21T12:00:01Z";
    }
    event.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(time));
  } else {
    return absl::StrCat("unknown key '", Printable(key), "'");
  }
  return "";
}

}  // namespace

ParsedLine JsonFormat::Parse(std::string_view line) const {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Broken("not a JSON object");
  ParsedLine parsed{LineKind::kLogin, {}, 1, {}};
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) return Broken(absl::StrCat("'", Printable(key), "' is not a string"));
    std::string why = SetField(key, value.get<std::string>(), parsed.event);
    if (!why.empty()) return Broken(std::move(why));
  }
  if (parsed.event.outcome() == v1::OUTCOME_UNSPECIFIED) return Broken("no outcome");
  if (std::string why = WhyNotALogin(parsed.event); !why.empty()) return Broken(std::move(why));
  return parsed;
}

}  // namespace latchkey::cli
