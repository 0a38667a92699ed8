// The flags that describe one attempt, shared by `assess` and `explain`.
#pragma once

#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "cli/session.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey::cli {

struct AttemptFlags {
  std::string account;
  std::string source;
  std::string path;
  std::string group;
  std::string request_id;
  v1::Factor factor = v1::FACTOR_UNSPECIFIED;
  std::vector<v1::ChallengeKind> challenge_kinds;
  bool popular_password = false;
  // Files of tokens, "-" for the input; tokens themselves are never flags.
  std::string device_token_file;
  std::string recovery_token_file;
  std::string first_factor_token_file;
  std::string challenge_file;
  v1::ChallengeKind passed = v1::CHALLENGE_KIND_UNSPECIFIED;
};

enum class Presence { kRequired, kOptional };

// Binds ACCOUNT, SOURCE and the flags to `flags`, which must outlive the parsing.
void AddAttemptFlags(CLI::App& app, AttemptFlags& flags, Presence arguments);

// The request that they describe; reads the token files.
[[nodiscard]] absl::StatusOr<v1::AssessRequest> ToRequest(const AttemptFlags& flags, const Session& session);

}  // namespace latchkey::cli
