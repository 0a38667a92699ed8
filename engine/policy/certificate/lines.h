// A certificate as lines, each with a name that stays the same from policy to policy: for tables, documents
// and comparisons.
#pragma once

#include <string>
#include <vector>

#include "engine/policy/certificate/certificate.h"

namespace latchkey {

struct CertificateLine {
  std::string section;  // "Promises"
  std::string name;     // "P1 non-interference"
  std::string value;    // "kept"
  std::string note;     // why; not compared
};

[[nodiscard]] std::vector<CertificateLine> LinesOf(const Certificate& certificate);

// "100", or "no limit".
[[nodiscard]] std::string CountText(const std::optional<int64_t>& count);

}  // namespace latchkey
