// What a SIEM is told of logins, before it is written in one of its formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/assess/observer.h"
#include "engine/delivery/notice.h"

namespace latchkey {

// An answer to a login, or the report of how it ended. Without `show_names` it holds pseudonyms alone.
struct LoginEvent {
  TimePoint at;
  uint64_t decision = 0;
  std::optional<Outcome> outcome;  // of a report; an answer has none
  Action action = Action::kAllow;
  Lane lane = Lane::kStranger;
  Factor factor = Factor::kPassword;
  std::string account_key, source_key;
  std::string tenant, path, rule;  // of an answer
  std::string account, address;    // when names are shown
  int64_t policy_revision = 0;
  bool degraded = false;

  // Whether `address` may stand where addresses are expected: a network, such as a /64, may not.
  [[nodiscard]] bool has_one_address() const {
    return !address.empty() && address.find('/') == std::string::npos;
  }
};

[[nodiscard]] LoginEvent EventOf(const Attempt& attempt, const Facts& facts, const Decision& decision,
                                 bool show_names);
[[nodiscard]] LoginEvent EventOf(const AttemptToken& token, Outcome outcome, TimePoint now);

// Writes events as lines of JSON, without their ends. Immutable; thread-safe.
class SiemFormat {
 public:
  virtual ~SiemFormat() = default;
  [[nodiscard]] virtual std::string Login(const LoginEvent& event) const = 0;
  [[nodiscard]] virtual std::string Incident(const Notice& notice, bool show_names) const = 0;
};

}  // namespace latchkey
