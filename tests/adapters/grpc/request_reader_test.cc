#include "adapters/grpc/request_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "adapters/grpc/guard_codec.h"
#include "tests/support/fake_clock.h"

namespace latchkey {
namespace {

const ServedTenants kServed = {"default", "shop"};

// What Decode says of the message in these bytes; nothing when there is none.
std::optional<absl::StatusOr<Attempt>> ByMessage(const std::string& bytes, v1::AssessRequest& message,
                                                 const Clock& clock) {
  if (!message.ParseFromString(bytes)) return std::nullopt;
  return Decode(message, "caller", kServed, clock);
}

void ExpectTheSame(const Attempt& read, const Attempt& decoded) {
  const AttemptView& a = read.fields();
  const AttemptView& b = decoded.fields();
  EXPECT_EQ(a.tenant, b.tenant);
  EXPECT_EQ(a.account, b.account);
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.challenge_kinds, b.challenge_kinds);
  EXPECT_EQ(a.factor, b.factor);
  EXPECT_EQ(a.device_token, b.device_token);
  EXPECT_EQ(a.recovery_token, b.recovery_token);
  EXPECT_EQ(a.challenge_proof.has_value(), b.challenge_proof.has_value());
  EXPECT_EQ(a.account_tag, b.account_tag);
  EXPECT_EQ(a.tenant_tag, b.tenant_tag);
  EXPECT_EQ(a.popular_password, b.popular_password);
  EXPECT_EQ(a.credentials_changed_at, b.credentials_changed_at);
  EXPECT_EQ(a.group, b.group);
  EXPECT_EQ(a.asn, b.asn);
  EXPECT_EQ(a.first_factor_token, b.first_factor_token);
  EXPECT_EQ(a.request_id, b.request_id);
  EXPECT_EQ(a.caller, b.caller);
}

class RandomRequest {
 public:
  explicit RandomRequest(uint64_t seed) : dice_(seed) {}

  // One that usual callers send.
  v1::AssessRequest Usual() {
    v1::AssessRequest request;
    if (Coin()) request.set_tenant("shop");
    request.set_account("customer-" + std::to_string(dice_()) + "@shop.example");
    request.set_source(Coin() ? "192.0.2.7" : "2001:db8::7");
    if (Coin()) request.set_path(Coin() ? "imap" : "web");
    for (uint64_t n = Below(4); n > 0; --n)
      request.add_challenge_kinds(static_cast<v1::ChallengeKind>(1 + Below(4)));
    if (Coin()) request.set_factor(static_cast<v1::Factor>(Below(6)));
    if (Coin()) request.set_device_token(std::string(Below(300), 'd'));
    if (Below(4) == 0) request.set_recovery_token(std::string(Below(300), 'r'));
    if (Coin()) request.mutable_password_tags()->set_account_tag(Bytes(Below(3)));
    if (Coin()) request.mutable_password_tags()->set_tenant_tag(Bytes(Below(3)));
    request.set_popular_password(Coin());
    if (Coin()) request.set_group("staff");
    if (Coin()) request.set_asn(static_cast<uint32_t>(dice_() >> Below(64)));
    if (request.factor() == v1::FACTOR_ONE_TIME_CODE || Below(4) == 0) request.set_first_factor_token("f");
    if (Coin()) request.set_request_id(std::to_string(dice_()));
    return request;
  }
  // One with what is seldom or never right.
  v1::AssessRequest Odd() {
    v1::AssessRequest request = Usual();
    switch (Below(9)) {
      case 0:
        request.mutable_challenge_proof()->set_challenge_id("c");
        break;
      case 1:
        request.mutable_credentials_change_time()->set_seconds(static_cast<int64_t>(Below(2'000'000'000)));
        break;
      case 2:
        request.set_account("\xC3\xA4nne");
        break;
      case 3:
        request.set_tenant(Coin() ? "elsewhere" : "no tenant");
        break;
      case 4:
        request.set_source("nowhere");
        break;
      case 5:
        request.mutable_password_tags()->set_account_tag("four");
        break;
      case 6:
        request.add_challenge_kinds(static_cast<v1::ChallengeKind>(Below(300)));
        break;
      case 7:
        request.set_factor(static_cast<v1::Factor>(Below(300)));
        break;
      default:
        for (int n = 0; n < 8; ++n) request.add_challenge_kinds(v1::CHALLENGE_KIND_CAPTCHA);
        break;
    }
    return request;
  }
  // Cut, flipped, twice, with something in between.
  std::string Broken(std::string bytes) {
    for (uint64_t n = 1 + Below(3); n > 0 && !bytes.empty(); --n) {
      const size_t at = Below(bytes.size());
      switch (Below(6)) {
        case 0:
          bytes[at] = static_cast<char>(dice_());
          break;
        case 1:
          bytes.resize(at);
          break;
        case 2:
          bytes.insert(at, Bytes(1 + Below(4)));
          break;
        case 3:
          bytes.erase(at, 1 + Below(4));
          break;
        case 4:
          bytes += Usual().SerializeAsString();
          break;
        default:
          bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << Below(8)));
          break;
      }
    }
    return bytes;
  }
  uint64_t Below(uint64_t bound) { return dice_() % bound; }

 private:
  bool Coin() { return Below(2) == 0; }
  std::string Bytes(uint64_t size) {
    std::string bytes;
    while (bytes.size() < size) bytes.push_back(static_cast<char>(Below(3) == 0 ? 0 : dice_()));
    return bytes;
  }

  std::mt19937_64 dice_;
};

TEST(RequestReaderTest, ReadsWhatUsualCallersSend) {
  const FakeClock clock;
  for (uint64_t seed = 1; seed <= 500 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    const std::string bytes = RandomRequest(seed).Usual().SerializeAsString();
    const std::optional<AttemptView> fields = ReadUsualRequest(bytes);
    ASSERT_TRUE(fields.has_value());
    const absl::StatusOr<Attempt> read = Decode(*fields, "caller", kServed);
    ASSERT_TRUE(read.ok()) << read.status();
    v1::AssessRequest message;
    ExpectTheSame(*read, **ByMessage(bytes, message, clock));
  }
}

// Whatever it reads, it reads as the message's parser and Decode do.
TEST(RequestReaderTest, LeavesToTheMessageWhatItWouldReadOtherwise) {
  const FakeClock clock;
  int left = 0;
  int alike = 0;
  for (uint64_t seed = 1; seed <= 20'000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomRequest random(seed);
    std::string bytes = (random.Below(3) == 0 ? random.Odd() : random.Usual()).SerializeAsString();
    if (random.Below(3) > 0) bytes = random.Broken(std::move(bytes));
    const std::optional<AttemptView> fields = ReadUsualRequest(bytes);
    if (!fields) {
      ++left;
      continue;
    }
    v1::AssessRequest message;
    const std::optional<absl::StatusOr<Attempt>> decoded = ByMessage(bytes, message, clock);
    ASSERT_TRUE(decoded.has_value()) << "these bytes are no message";
    const absl::StatusOr<Attempt> read = Decode(*fields, "caller", kServed);
    ASSERT_EQ(read.status(), decoded->status());
    if (!read.ok()) continue;
    ++alike;
    ExpectTheSame(*read, **decoded);
  }
  EXPECT_GT(left, 2000);
  EXPECT_GT(alike, 2000);
}

}  // namespace
}  // namespace latchkey
