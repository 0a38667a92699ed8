#include "engine/attempt/attempt.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"

namespace latchkey {
namespace {

absl::Status CheckLength(const char* field, std::string_view value, size_t max) {
  if (value.size() <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value.size(), " bytes, more than ", max));
}

}  // namespace

absl::Status CheckName(std::string_view field, std::string_view value) {
  const bool ok =
      !value.empty() && value.size() <= kNameMax && std::all_of(value.begin(), value.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
      });
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(field), ": must be 1 to ", kNameMax, " letters, digits, '.', '_' or '-'"));
}

absl::Status CheckAccount(std::string_view account) {
  if (account.empty()) return absl::InvalidArgumentError("account: is empty");
  return CheckLength("account", account, kAccountMax);
}

absl::StatusOr<Attempt> Attempt::Create(AttemptFields fields) {
  LATCHKEY_RETURN_IF_ERROR(CheckName("tenant", fields.tenant));
  LATCHKEY_RETURN_IF_ERROR(CheckAccount(fields.account));
  LATCHKEY_RETURN_IF_ERROR(CheckName("path", fields.path));
  if (!fields.group.empty()) LATCHKEY_RETURN_IF_ERROR(CheckName("group", fields.group));
  LATCHKEY_RETURN_IF_ERROR(CheckLength("device_token", fields.device_token, kTokenMax));
  LATCHKEY_RETURN_IF_ERROR(CheckLength("recovery_token", fields.recovery_token, kTokenMax));
  LATCHKEY_RETURN_IF_ERROR(CheckLength("first_factor_token", fields.first_factor_token, kTokenMax));
  LATCHKEY_RETURN_IF_ERROR(CheckLength("request_id", fields.request_id, kRequestIdMax));
  if (fields.challenge_proof) {
    LATCHKEY_RETURN_IF_ERROR(
        CheckLength("challenge_proof.challenge_id", fields.challenge_proof->challenge_id, kTokenMax));
  }
  if (fields.factor == Factor::kOneTimeCode && fields.first_factor_token.empty()) {
    return absl::InvalidArgumentError(
        "first_factor_token: a one-time code is only tried after a first factor; send the token that Report "
        "answered");
  }
  LATCHKEY_ASSIGN_OR_RETURN(Source source, Source::Parse(fields.source));
  return Attempt(std::move(fields), source);
}

}  // namespace latchkey
