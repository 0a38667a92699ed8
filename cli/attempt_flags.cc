#include "cli/attempt_flags.h"

#include "absl/strings/ascii.h"
#include "cli/files.h"
#include "cli/words.h"
#include "engine/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace latchkey::cli {
namespace {

// A challenge id: bare, or `challenge.challenge_id` of what `assess` printed.
absl::StatusOr<std::string> ReadChallenge(const std::string& path, std::istream& in) {
  LATCHKEY_ASSIGN_OR_RETURN(std::string text, ReadFileOrInput(path, in));
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::string(absl::StripAsciiWhitespace(text));
  const nlohmann::json id = json.value("/challenge/challenge_id"_json_pointer, nlohmann::json());
  if (!id.is_string()) return absl::InvalidArgumentError(path + ": holds no challenge.challenge_id");
  return id.get<std::string>();
}

}  // namespace

void AddAttemptFlags(CLI::App& app, AttemptFlags& flags, Presence arguments) {
  const bool required = arguments == Presence::kRequired;
  app.add_option("ACCOUNT", flags.account, "The account that is tried")->required(required)->type_name("");
  app.add_option("SOURCE", flags.source, "The address it is tried from")->required(required)->type_name("");
  app.add_option("--path", flags.path, "How it reaches the service: web, api, imap [web]")->type_name("NAME");
  AddEnum(app, "--factor", flags.factor, "What is tried [password]");
  AddEnums(app, "--can-show", flags.challenge_kinds, "A challenge that this path can show; repeatable");
  app.add_flag("--popular-password", flags.popular_password, "The password is on a list of popular ones");
  app.add_option("--group", flags.group, "A group of the account that rules may name")->type_name("NAME");
  app.add_option("--request-id", flags.request_id, "Makes a retry safe: random, 8 to 64 bytes")
      ->type_name("ID");
  const std::string proof = "Proof (from a file, - is the input; JSON of another verb will do)";
  app.add_option("--device-token", flags.device_token_file, "The browser's device token")
      ->type_name("FILE")
      ->group(proof);
  app.add_option("--recovery-token", flags.recovery_token_file, "What confirm-owner gave")
      ->type_name("FILE")
      ->group(proof);
  app.add_option("--first-factor-token", flags.first_factor_token_file,
                 "What report gave for the first factor")
      ->type_name("FILE")
      ->group(proof);
  auto* challenge = app.add_option("--challenge", flags.challenge_file, "The challenge that was passed")
                        ->type_name("FILE")
                        ->group(proof);
  AddEnum(app, "--passed", flags.passed, "Attest that this challenge was passed [captcha]")
      ->needs(challenge)
      ->group(proof);
}

absl::StatusOr<v1::AssessRequest> ToRequest(const AttemptFlags& flags, const Session& session) {
  v1::AssessRequest request;
  request.set_tenant(session.settings().tenant);
  request.set_account(flags.account);
  request.set_source(flags.source);
  request.set_path(flags.path);
  request.set_group(flags.group);
  request.set_request_id(flags.request_id);
  request.set_factor(flags.factor);
  request.set_popular_password(flags.popular_password);
  for (const v1::ChallengeKind kind : flags.challenge_kinds) request.add_challenge_kinds(kind);
  if (!flags.device_token_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(*request.mutable_device_token(),
                              ReadToken(flags.device_token_file, session.in(), "device_token"));
  }
  if (!flags.recovery_token_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(*request.mutable_recovery_token(),
                              ReadToken(flags.recovery_token_file, session.in(), "recovery_token"));
  }
  if (!flags.first_factor_token_file.empty()) {
    LATCHKEY_ASSIGN_OR_RETURN(*request.mutable_first_factor_token(),
                              ReadToken(flags.first_factor_token_file, session.in(), "first_factor_token"));
  }
  if (!flags.challenge_file.empty()) {
    auto& proof = *request.mutable_challenge_proof();
    LATCHKEY_ASSIGN_OR_RETURN(*proof.mutable_challenge_id(),
                              ReadChallenge(flags.challenge_file, session.in()));
    proof.mutable_attestation()->set_kind(
        flags.passed == v1::CHALLENGE_KIND_UNSPECIFIED ? v1::CHALLENGE_KIND_CAPTCHA : flags.passed);
  }
  return request;
}

}  // namespace latchkey::cli
