// What an attack on one account yields and costs under each baseline, and whom it spares: docs/baselines.md's
// figures, played.
#include <gtest/gtest.h>

#include "engine/policy/certificate/certificate.h"
#include "tests/baselines/attack.h"

namespace latchkey {
namespace {

constexpr Duration kDay = 24h;

// How somebody goes about it: `tries` in every `period`, or (a period of zero) whenever one is admitted.
struct Pace {
  int64_t tries = 0;
  Duration period{0};
  bool operator==(const Pace&) const = default;
};
constexpr Pace kGreedy;

struct Economics {
  friend void PrintTo(const Economics& of, std::ostream* out) { *out << of.baseline; }

  std::string baseline;
  // Who wants to get in: the most that we know to get, on the first day and on each later one.
  Pace guessing;
  int64_t first_day = 0;
  int64_t later_days = 0;
  // Who wants to keep the owner out: his requests on the first day, and the share of it in which they refuse
  // him.
  Pace denying;
  int64_t requests = 0;
  double on_device = 0;
  double from_anywhere = 0;
  Duration rest{
      0};  // between the first day and the later one that is looked at; the attacker goes on meanwhile
};

class EconomicsTest : public testing::TestWithParam<Economics> {
 protected:
  static int64_t Play(Siege& siege, const Pace& pace, Duration span = kDay) {
    return pace.period == Duration::zero() ? siege.Greedy(span) : siege.Paced(pace.tries, pace.period, span);
  }
  static void ExpectDenial(int64_t requests, const Siege::Refused& refused) {
    EXPECT_EQ(requests, GetParam().requests);
    EXPECT_NEAR(refused.on_device, GetParam().on_device, 0.02);
    EXPECT_NEAR(refused.from_anywhere, GetParam().from_anywhere, 0.02);
  }
};

TEST_P(EconomicsTest, AreThoseOfTheDocs) {
  const Economics& expected = GetParam();
  const std::vector<GuessRow> rows = Certify(*PolicyOf(BaselineText(expected.baseline))).guesses.rows;
  Siege siege(expected.baseline);
  const int64_t guesses = Play(siege, expected.guessing);
  EXPECT_EQ(guesses, expected.first_day);
  if (expected.denying == expected.guessing) {
    ExpectDenial(guesses, siege.refused());
  } else {
    Siege other(expected.baseline);
    const int64_t requests = Play(other, expected.denying);
    ExpectDenial(requests, other.refused());
  }
  const auto row = std::find_if(rows.begin(), rows.end(), [](const GuessRow& r) { return r.span == kDay; });
  ASSERT_NE(row, rows.end());
  EXPECT_LE(guesses, row->total.value_or(guesses)) << "a certificate is never beaten";
  Play(siege, expected.guessing, expected.rest);
  EXPECT_EQ(Play(siege, expected.guessing), expected.later_days);
}

const Economics kTable[] = {
    {"five-strikes", kGreedy, 5, 0, kGreedy, 5, 1, 1},
    {"nist-literal", kGreedy, 100, 0, kGreedy, 100, 1, 1},
    {"pci-10-30", kGreedy, 480, 480, kGreedy, 480, 1, 1},
    {"keycloak-permanent", kGreedy, 30, 0, kGreedy, 30, 1, 1},
    {"aspnet-identity", kGreedy, 1440, 1440, kGreedy, 1440, 1, 1},
    {"devise", kGreedy, 480, 480, kGreedy, 480, 1, 1},
    {"authelia-user", {2, 2min}, 1440, 1440, {3, 5min + 5ms}, 864, 1, 1},
    {"authelia-ip", {2, 2min}, 1440, 1440, {3, 5min + 5ms}, 864, 0, 0},
    {"rack-attack", kGreedy, 21600, 21600, kGreedy, 21600, 1, 1},
    {"fail2ban", kGreedy, 720, 720, kGreedy, 720, 0, 0},
    {"cognito", kGreedy, 109, 96, kGreedy, 109, 1, 1},
    {"keycloak-temporary", kGreedy, 308, 96, kGreedy, 308, 1, 1, 48h},
    {"adfs-smart-lockout", kGreedy, 57, 48, kGreedy, 57, 0, 1},
    {"entra-like", kGreedy, 20, 2, kGreedy, 20, 0, 1},
    {"auth0", kGreedy, 10, 0, kGreedy, 10, 0, 0},
    {"auth0-account-lockout", kGreedy, 10, 0, kGreedy, 10, 1, 1},
    {"okta", kGreedy, 100, 0, kGreedy, 100, 1, 1},
    {"okta-unknown-devices", kGreedy, 100, 0, kGreedy, 100, 0, 1},
    {"laravel-fortify", kGreedy, 7200, 7200, kGreedy, 7200, 0, 0},
    {"rate-limiter-flexible", kGreedy, 10, 0, kGreedy, 10, 0, 0},
    {"django-axes", kGreedy, 3, 0, kGreedy, 3, 0, 0},
    {"django-axes-username", kGreedy, 3, 0, kGreedy, 3, 1, 1},
    {"owasp-device-cookies", kGreedy, 240, 240, kGreedy, 240, 0, 1},
    {"pgrp", kGreedy, 3, 3, kGreedy, 3, 0, 1},
    {"stopguessing-like", kGreedy, 5000, 5000, kGreedy, 5000, 0, 0},
    {"dalock-like", kGreedy, 30, 0, kGreedy, 30, 1, 1},
};

INSTANTIATE_TEST_SUITE_P(Of, EconomicsTest, testing::ValuesIn(kTable),
                         [](const testing::TestParamInfo<Economics>& economics) {
                           std::string id = economics.param.baseline;
                           std::replace(id.begin(), id.end(), '-', '_');
                           return id;
                         });

}  // namespace
}  // namespace latchkey
