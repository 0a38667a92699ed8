#include "cli/log_formats/json_format.h"

#include "absl/strings/str_cat.h"
#include "cli/log_formats/event_fields.h"
#include "cli/log_formats/login_check.h"
#include "cli/printable.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {

ParsedLine JsonFormat::Parse(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Broken("not a JSON object");
  ParsedLine parsed{LineKind::kLogin, {}, 1, {}};
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) return Broken(absl::StrCat("'", Printable(key), "' is not a string"));
    std::string why = SetEventField(key, value.get<std::string>(), parsed.event);
    if (!why.empty()) return Broken(std::move(why));
  }
  if (parsed.event.outcome() == v1::OUTCOME_UNSPECIFIED) return Broken("no outcome");
  if (std::string why = WhyNotALogin(parsed.event); !why.empty()) return Broken(std::move(why));
  return parsed;
}

}  // namespace latchkey::cli
