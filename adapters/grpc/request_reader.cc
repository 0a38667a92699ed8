#include "adapters/grpc/request_reader.h"

#include <cstdint>
#include <cstring>

#include "latchkey/v1/guard.pb.h"

namespace latchkey {
namespace {

// The low bits of a tag.
constexpr uint64_t kVarint = 0;
constexpr uint64_t kLengthDelimited = 2;

// Such fields of a message, one after the other. Anything unusual ends it for good.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] bool good() const { return good_; }
  // The next tag: 8 · field + type; 0 at the end.
  uint64_t Tag() {
    if (left_.empty()) return 0;
    const uint64_t tag = Number(0xFFFF);
    if (tag == 0) Unusual();
    return tag;
  }

  uint64_t Number(uint64_t most) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (left_.empty()) break;
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) != 0) continue;
      if (value > most) break;
      return value;
    }
    return Unusual(), 0;
  }
  std::string_view Bytes() {
    const size_t size = Number(0x3FFF);
    if (size > left_.size()) return Unusual(), std::string_view();
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  std::string_view Text() {
    const std::string_view text = Bytes();
    const char* at = text.data();
    size_t left = text.size();
    uint64_t high_bits = 0;
    for (uint64_t word = 0; left >= sizeof word; left -= sizeof word, at += sizeof word) {
      std::memcpy(&word, at, sizeof word);
      high_bits |= word;
    }
    for (; left > 0; --left, ++at) high_bits |= static_cast<unsigned char>(*at);
    if ((high_bits & 0x8080'8080'8080'8080U) != 0) Unusual();
    return text;
  }
  void Unusual() {
    good_ = false;
    left_ = {};
  }

 private:
  std::string_view left_;
  bool good_ = true;
};

constexpr uint64_t Tag(int field, uint64_t type) { return static_cast<uint64_t>(field) << 3U | type; }

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
      case Tag(v1::PasswordTags::kAccountTagFieldNumber, kLengthDelimited):
        ReadTag(in, out.account_tag);
        break;
      case Tag(v1::PasswordTags::kTenantTagFieldNumber, kLengthDelimited):
        ReadTag(in, out.tenant_tag);
        break;
      default:
        return false;
    }
  }
  return in.good();
}

}  // namespace

std::optional<AttemptView> ReadUsualRequest(std::string_view bytes) {
  using R = v1::AssessRequest;
  AttemptView out;
  std::string_view tenant;
  std::string_view path;
  FieldReader in(bytes);
  while (const uint64_t tag = in.Tag()) {
    switch (tag) {
      case Tag(R::kTenantFieldNumber, kLengthDelimited):
        tenant = in.Text();
        break;
      case Tag(R::kAccountFieldNumber, kLengthDelimited):
        out.account = in.Text();
        break;
      case Tag(R::kSourceFieldNumber, kLengthDelimited):
        out.source = in.Text();
        break;
      case Tag(R::kPathFieldNumber, kLengthDelimited):
        path = in.Text();
        break;
      case Tag(R::kChallengeKindsFieldNumber, kVarint):
        AddKind(in.Number(0x7F), in, out);
        break;
      case Tag(R::kChallengeKindsFieldNumber, kLengthDelimited):
        for (const char kind : in.Bytes()) AddKind(static_cast<unsigned char>(kind), in, out);
        break;
      case Tag(R::kFactorFieldNumber, kVarint): {
        const auto factor = static_cast<int>(in.Number(0x7F));
        if (!v1::Factor_IsValid(factor)) in.Unusual();
        out.factor = factor == v1::FACTOR_UNSPECIFIED ? Factor::kPassword : static_cast<Factor>(factor - 1);
        break;
      }
      case Tag(R::kDeviceTokenFieldNumber, kLengthDelimited):
        out.device_token = in.Text();
        break;
      case Tag(R::kRecoveryTokenFieldNumber, kLengthDelimited):
        out.recovery_token = in.Text();
        break;
      case Tag(R::kPasswordTagsFieldNumber, kLengthDelimited):
        if (!ReadTags(in.Bytes(), out)) in.Unusual();
        break;
      case Tag(R::kPopularPasswordFieldNumber, kVarint):
        out.popular_password = in.Number(1) == 1;
        break;
      case Tag(R::kGroupFieldNumber, kLengthDelimited):
        out.group = in.Text();
        break;
      case Tag(R::kAsnFieldNumber, kVarint):
        out.asn = static_cast<uint32_t>(in.Number(UINT32_MAX));
        break;
      case Tag(R::kFirstFactorTokenFieldNumber, kLengthDelimited):
        out.first_factor_token = in.Text();
        break;
      case Tag(R::kRequestIdFieldNumber, kLengthDelimited):
        out.request_id = in.Text();
        break;
      default:
        return std::nullopt;
    }
  }
  if (!in.good()) return std::nullopt;
  if (!tenant.empty()) out.tenant = tenant;
  if (!path.empty()) out.path = path;
  return out;
}

}  // namespace latchkey
