// Requests of all kinds, by a seed: what usual callers send, what is seldom right, and bytes that are hardly
// messages.
#pragma once

#include <random>
#include <string>

#include "engine/attempt/attempt.h"
#include "engine/attempt/tokens.h"
#include "latchkey/v1/guard.pb.h"

namespace latchkey {

class RandomRequests {
 public:
  explicit RandomRequests(uint64_t seed) : dice_(seed) {}

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
  v1::ReportRequest UsualReport() {
    v1::ReportRequest request;
    request.set_attempt_token(std::string(1 + Below(kAttemptTokenMax), 't'));
    request.set_outcome(static_cast<v1::Outcome>(1 + Below(6)));
    if (Coin()) request.set_device_name("phone");
    return request;
  }
  v1::ReportRequest OddReport() {
    v1::ReportRequest request = UsualReport();
    switch (Below(4)) {
      case 0:
        request.clear_attempt_token();
        break;
      case 1:
        request.set_attempt_token(std::string(kAttemptTokenMax + 1, 't'));
        break;
      case 2:
        request.set_outcome(static_cast<v1::Outcome>(Below(300)));
        break;
      default:
        request.set_device_name("T\xC3\xA9l\xC3\xA9phone");
        break;
    }
    return request;
  }
  v1::ConverseItem Item() {
    v1::ConverseItem item;
    if (Coin()) item.set_correlation_id(dice_() >> Below(64));
    switch (Below(8)) {
      case 0:
        break;
      case 1:
        *item.mutable_assess() = Odd();
        break;
      case 2:
        *item.mutable_report() = OddReport();
        break;
      case 3:
      case 4:
        *item.mutable_report() = UsualReport();
        break;
      default:
        *item.mutable_assess() = Usual();
        break;
    }
    return item;
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

}  // namespace latchkey
