#include "adapters/clients/cpp/item_check.h"

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey::client {
namespace {

using Field = std::pair<const char*, const std::string*>;

absl::Status CheckTexts(std::initializer_list<Field> fields) {
  for (const auto& [name, text] : fields) {
    if (!IsUtf8(*text)) return absl::InvalidArgumentError(absl::StrCat(name, ": is not UTF-8"));
  }
  return absl::OkStatus();
}

absl::Status CheckSize(const char* what, size_t bytes) {
  if (bytes <= kItemBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, ": larger than ", kItemBytesMax, " bytes"));
}

// How many bytes a character that begins with `lead` goes on for, and which its second byte may be: what
// Unicode calls well-formed, without overlong forms, surrogates and what is beyond the last plane.
struct Tail {
  int bytes = -1;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
};
Tail TailOf(uint8_t lead) {
  if (lead < 0x80) return {0};
  if (lead >= 0xC2 && lead <= 0xDF) return {1};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {};
}

}  // namespace

bool IsUtf8(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    const Tail tail = TailOf(static_cast<uint8_t>(text[i++]));
    if (tail.bytes < 0) return false;
    for (int k = 0; k < tail.bytes; ++k, ++i) {
      const auto byte = i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
      if (byte < (k == 0 ? tail.low : 0x80) || byte > (k == 0 ? tail.high : 0xBF)) return false;
    }
  }
  return true;
}

absl::Status CheckItem(const v1::AssessRequest& attempt) {
  if (absl::Status size = CheckSize("attempt", attempt.ByteSizeLong()); !size.ok()) return size;
  const v1::ChallengeProof& proof = attempt.challenge_proof();
  return CheckTexts({{"tenant", &attempt.tenant()},
                     {"account", &attempt.account()},
                     {"source", &attempt.source()},
                     {"path", &attempt.path()},
                     {"device_token", &attempt.device_token()},
                     {"recovery_token", &attempt.recovery_token()},
                     {"challenge_proof.challenge_id", &proof.challenge_id()},
                     {"challenge_proof.provider_token.provider", &proof.provider_token().provider()},
                     {"challenge_proof.provider_token.token", &proof.provider_token().token()},
                     {"group", &attempt.group()},
                     {"first_factor_token", &attempt.first_factor_token()},
                     {"request_id", &attempt.request_id()}});
}

absl::Status CheckItem(const v1::ReportRequest& report) {
  if (absl::Status size = CheckSize("report", report.ByteSizeLong()); !size.ok()) return size;
  return CheckTexts({{"attempt_token", &report.attempt_token()}, {"device_name", &report.device_name()}});
}

}  // namespace latchkey::client
