// The fields of a login event by their names, as JSON objects and the columns of CSV have them.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "latchkey/v1/events.pb.h"

namespace latchkey::cli {

// "account", "source", "outcome", "occur_time" (RFC 3339), "tenant", "path", "factor". Answers what is wrong,
// or nothing.
[[nodiscard]] std::string SetEventField(const std::string& key, const std::string& value,
                                        v1::LoginEvent& event);

void SetOccurTime(absl::Time time, v1::LoginEvent& event);

}  // namespace latchkey::cli
