#include "adapters/grpc/request_reader.h"

#include <cstdint>

#include "adapters/grpc/field_reader.h"
#include "engine/attempt/tokens.h"

namespace latchkey {
namespace {

void AddKind(uint64_t number, FieldReader& in, AttemptView& out) {
  const auto kind = static_cast<int>(number);
  const bool usual = kind != v1::CHALLENGE_KIND_UNSPECIFIED && v1::ChallengeKind_IsValid(kind) &&
                     out.challenge_kinds.size() < out.challenge_kinds.capacity();
  if (!usual) return in.Unusual();
  out.challenge_kinds.push_back(static_cast<ChallengeKind>(kind));
}

void ReadTag(FieldReader& in, std::optional<uint16_t>& tag) {
  const std::string_view bytes = in.Bytes();
  if (bytes.size() > sizeof *tag) return in.Unusual();
  tag.reset();
  for (const char byte : bytes)
    tag = static_cast<uint16_t>(tag.value_or(0) << 8U | static_cast<unsigned char>(byte));
}

bool ReadTags(std::string_view bytes, AttemptView& out) {
  FieldReader in(bytes);
  while (const uint64_t tag = in.Tag()) {
    switch (tag) {
      case TagOf(v1::PasswordTags::kAccountTagFieldNumber, kLengthDelimited):
        ReadTag(in, out.account_tag);
        break;
      case TagOf(v1::PasswordTags::kTenantTagFieldNumber, kLengthDelimited):
        ReadTag(in, out.tenant_tag);
        break;
      default:
        return false;
    }
  }
  return in.good();
}

template <typename Message>
const Message* Parse(std::string_view bytes, KeptMessage& kept) {
  auto message = std::make_unique<Message>();
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
  const Message* const parsed = message.get();
  kept = std::move(message);
  return parsed;
}

}  // namespace

std::optional<AttemptView> ReadUsualRequest(std::string_view bytes) {
  using R = v1::AssessRequest;
  std::optional<AttemptView> read(std::in_place);  // made where it is returned
  AttemptView& out = *read;
  std::string_view tenant;
  std::string_view path;
  FieldReader in(bytes);
  while (const uint64_t tag = in.Tag()) {
    switch (tag) {
      case TagOf(R::kTenantFieldNumber, kLengthDelimited):
        tenant = in.Text();
        break;
      case TagOf(R::kAccountFieldNumber, kLengthDelimited):
        out.account = in.Text();
        break;
      case TagOf(R::kSourceFieldNumber, kLengthDelimited):
        out.source = in.Text();
        break;
      case TagOf(R::kPathFieldNumber, kLengthDelimited):
        path = in.Text();
        break;
      case TagOf(R::kChallengeKindsFieldNumber, kVarint):
        AddKind(in.Number(0x7F), in, out);
        break;
      case TagOf(R::kChallengeKindsFieldNumber, kLengthDelimited):
        for (const char kind : in.Bytes()) AddKind(static_cast<unsigned char>(kind), in, out);
        break;
      case TagOf(R::kFactorFieldNumber, kVarint): {
        const auto factor = static_cast<int>(in.Number(0x7F));
        if (!v1::Factor_IsValid(factor)) in.Unusual();
        out.factor = factor == v1::FACTOR_UNSPECIFIED ? Factor::kPassword : static_cast<Factor>(factor - 1);
        break;
      }
      case TagOf(R::kDeviceTokenFieldNumber, kLengthDelimited):
        out.device_token = in.Text();
        break;
      case TagOf(R::kRecoveryTokenFieldNumber, kLengthDelimited):
        out.recovery_token = in.Text();
        break;
      case TagOf(R::kPasswordTagsFieldNumber, kLengthDelimited):
        if (!ReadTags(in.Bytes(), out)) in.Unusual();
        break;
      case TagOf(R::kPopularPasswordFieldNumber, kVarint):
        out.popular_password = in.Number(1) == 1;
        break;
      case TagOf(R::kGroupFieldNumber, kLengthDelimited):
        out.group = in.Text();
        break;
      case TagOf(R::kAsnFieldNumber, kVarint):
        out.asn = static_cast<uint32_t>(in.Number(UINT32_MAX));
        break;
      case TagOf(R::kFirstFactorTokenFieldNumber, kLengthDelimited):
        out.first_factor_token = in.Text();
        break;
      case TagOf(R::kRequestIdFieldNumber, kLengthDelimited):
        out.request_id = in.Text();
        break;
      default:
        in.Unusual();
    }
  }
  if (!tenant.empty()) out.tenant = tenant;
  if (!path.empty()) out.path = path;
  if (!in.good()) read.reset();
  return read;
}

std::optional<Report> ReadUsualReport(std::string_view bytes) {
  using R = v1::ReportRequest;
  Report out;
  int outcome = v1::OUTCOME_UNSPECIFIED;
  FieldReader in(bytes);
  while (const uint64_t tag = in.Tag()) {
    switch (tag) {
      case TagOf(R::kAttemptTokenFieldNumber, kLengthDelimited):
        out.attempt_token = in.Text();
        break;
      case TagOf(R::kOutcomeFieldNumber, kVarint):
        outcome = static_cast<int>(in.Number(0x7F));
        break;
      case TagOf(R::kDeviceNameFieldNumber, kLengthDelimited):
        out.device_name = in.Text();
        break;
      default:
        return std::nullopt;
    }
  }
  const bool usual = in.good() && !out.attempt_token.empty() &&
                     out.attempt_token.size() <= kAttemptTokenMax && outcome != v1::OUTCOME_UNSPECIFIED &&
                     v1::Outcome_IsValid(outcome);
  if (!usual) return std::nullopt;
  out.outcome = static_cast<Outcome>(outcome);
  return out;
}

absl::StatusOr<Attempt> AttemptIn(std::string_view bytes, KeptMessage& message, std::string_view caller,
                                  const ServedTenants& tenants, const Clock& clock,
                                  std::shared_ptr<const void> keeper) {
  if (std::optional<AttemptView> fields = ReadUsualRequest(bytes))
    return Decode(*std::move(fields), caller, tenants, std::move(keeper));
  const auto* const request = Parse<v1::AssessRequest>(bytes, message);
  if (request == nullptr) return absl::InvalidArgumentError("these bytes are no AssessRequest");
  return Decode(*request, caller, tenants, clock, std::move(keeper));
}

absl::StatusOr<Report> ReportIn(std::string_view bytes, KeptMessage& message) {
  if (const std::optional<Report> report = ReadUsualReport(bytes)) return *report;
  const auto* const request = Parse<v1::ReportRequest>(bytes, message);
  if (request == nullptr) return absl::InvalidArgumentError("these bytes are no ReportRequest");
  return Decode(*request);
}

}  // namespace latchkey
