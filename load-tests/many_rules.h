// A policy of many rules: what rules cost that a shop adds over the years.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace latchkey::load {

// The text of `policy_file` with as many rules more as make `rules` in all, of the kinds that grow in
// practice: a third are further limits on what strangers fail at an account and a sixth on a network, which
// concern every attempt that is measured; the others are for other paths, by account, source or tenant.
// kNotFound without the file.
absl::StatusOr<std::string> ManyRules(const std::string& policy_file, int rules);

}  // namespace latchkey::load
