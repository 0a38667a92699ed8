#include "adapters/grpc/request_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "adapters/grpc/guard_codec.h"
#include "tests/adapters/grpc/random_requests.h"
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

TEST(RequestReaderTest, ReadsWhatUsualCallersSend) {
  const FakeClock clock;
  for (uint64_t seed = 1; seed <= 500 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    const std::string bytes = RandomRequests(seed).Usual().SerializeAsString();
    std::optional<AttemptView> fields = ReadUsualRequest(bytes);
    ASSERT_TRUE(fields.has_value());
    const absl::StatusOr<Attempt> read = Decode(*std::move(fields), "caller", kServed);
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
    RandomRequests random(seed);
    std::string bytes = (random.Below(3) == 0 ? random.Odd() : random.Usual()).SerializeAsString();
    if (random.Below(3) > 0) bytes = random.Broken(std::move(bytes));
    std::optional<AttemptView> fields = ReadUsualRequest(bytes);
    if (!fields) {
      ++left;
      continue;
    }
    v1::AssessRequest message;
    const std::optional<absl::StatusOr<Attempt>> decoded = ByMessage(bytes, message, clock);
    ASSERT_TRUE(decoded.has_value()) << "these bytes are no message";
    const absl::StatusOr<Attempt> read = Decode(*std::move(fields), "caller", kServed);
    ASSERT_EQ(read.status(), decoded->status());
    if (!read.ok()) continue;
    ++alike;
    ExpectTheSame(*read, **decoded);
  }
  EXPECT_GT(left, 2000);
  EXPECT_GT(alike, 2000);
}

void ExpectTheSame(const absl::StatusOr<Report>& read, const absl::StatusOr<Report>& decoded) {
  ASSERT_EQ(read.status(), decoded.status());
  if (!read.ok()) return;
  EXPECT_EQ(read->attempt_token, decoded->attempt_token);
  EXPECT_EQ(read->outcome, decoded->outcome);
  EXPECT_EQ(read->device_name, decoded->device_name);
}

TEST(RequestReaderTest, ReadsReportsAsTheirMessageDoes) {
  int usual = 0;
  int unusual = 0;
  for (uint64_t seed = 1; seed <= 10'000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomRequests random(seed);
    const bool odd = random.Below(3) == 0;
    std::string bytes = (odd ? random.OddReport() : random.UsualReport()).SerializeAsString();
    const bool broken = random.Below(3) > 0;
    if (broken) bytes = random.Broken(std::move(bytes));
    const bool read = ReadUsualReport(bytes).has_value();
    if (!odd && !broken) {
      EXPECT_TRUE(read);
    }
    ++(read ? usual : unusual);
    KeptMessage kept;
    const absl::StatusOr<Report> report = ReportIn(bytes, kept);
    EXPECT_TRUE(!read || kept == nullptr) << "a usual one needs no message";
    v1::ReportRequest message;
    if (message.ParseFromString(bytes)) {
      ExpectTheSame(report, Decode(message));
    } else {
      EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
    }
  }
  EXPECT_GT(usual, 1000);
  EXPECT_GT(unusual, 1000);
}

}  // namespace
}  // namespace latchkey
