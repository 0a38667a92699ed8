#include "cli/log_formats/event_fields.h"

#include "absl/strings/str_cat.h"
#include "cli/enum_words.h"
#include "cli/printable.h"

namespace latchkey::cli {

void SetOccurTime(absl::Time time, v1::LoginEvent& event) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  event.mutable_occur_time()->set_seconds(seconds);
  event.mutable_occur_time()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

std::string SetEventField(const std::string& key, const std::string& value, v1::LoginEvent& event) {
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
    SetOccurTime(time, event);
  } else {
    return absl::StrCat("unknown key '", Printable(key), "'");
  }
  return "";
}

}  // namespace latchkey::cli
