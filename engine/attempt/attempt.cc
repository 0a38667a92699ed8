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

AttemptView ViewOf(const AttemptFields& fields) {
  AttemptView view{.tenant = fields.tenant,
                   .account = fields.account,
                   .source = fields.source,
                   .path = fields.path,
                   .challenge_kinds = fields.challenge_kinds,
                   .factor = fields.factor,
                   .device_token = fields.device_token,
                   .recovery_token = fields.recovery_token,
                   .account_tag = fields.account_tag,
                   .tenant_tag = fields.tenant_tag,
                   .popular_password = fields.popular_password,
                   .credentials_changed_at = fields.credentials_changed_at,
                   .group = fields.group,
                   .asn = fields.asn,
                   .first_factor_token = fields.first_factor_token,
                   .request_id = fields.request_id,
                   .caller = fields.caller};
  if (fields.challenge_proof) {
    view.challenge_proof.emplace();
    view.challenge_proof->challenge_id = fields.challenge_proof->challenge_id;
    view.challenge_proof->attested = fields.challenge_proof->attested;
  }
  return view;
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
  auto kept = std::make_shared<const AttemptFields>(std::move(fields));
  return Create(ViewOf(*kept), kept);
}

absl::StatusOr<Attempt> Attempt::Create(const AttemptView& fields, std::shared_ptr<const void> keeper) {
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
  return Attempt(fields, source, std::move(keeper));
}

}  // namespace latchkey
