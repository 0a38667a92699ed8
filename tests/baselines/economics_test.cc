// What an attack on one account yields and costs under each baseline, and whom it spares: docs/baselines.md's
// figures, played.
#include <gtest/gtest.h>

#include "tests/baselines/attack.h"

namespace latchkey {
namespace {

constexpr Duration kDay = 24h;

// How somebody goes about it: `tries` in every `period`, or (a period of zero) whenever one is admitted.
struct Pace {
  int64_t tries = 0;
  Duration period{0};
};
constexpr Pace kGreedy;

struct Economics {
  std::string baseline;
  // Who wants to get in: the most that we know to get, on the first day and on each later one.
  Pace guessing;
  int64_t first_day = 0;
  int64_t later_days = 0;
  // Who wants to keep the owner out: requests of one day, and the share of it in which they refuse him.
  Pace denying;
  int64_t requests = 0;
  double on_device = 0;
  double from_anywhere = 0;
  Duration spacing = 1ms;
};

class EconomicsTest : public testing::TestWithParam<Economics> {
 protected:
  static int64_t Play(Siege& siege, const Pace& pace) {
    return pace.period == Duration::zero() ? siege.Greedy(kDay) : siege.Paced(pace.tries, pace.period, kDay);
  }
};

TEST_P(EconomicsTest, GuessesADay) {
  const Economics& expected = GetParam();
  Siege siege(expected.baseline, expected.spacing);
  EXPECT_EQ(Play(siege, expected.guessing), expected.first_day);
  EXPECT_EQ(Play(siege, expected.guessing), expected.later_days);
}

TEST_P(EconomicsTest, RequestsThatKeepTheOwnerOut) {
  const Economics& expected = GetParam();
  Siege siege(expected.baseline, expected.spacing);
  EXPECT_EQ(Play(siege, expected.denying), expected.requests);
  EXPECT_NEAR(siege.refused().on_device, expected.on_device, 0.02);
  EXPECT_NEAR(siege.refused().from_anywhere, expected.from_anywhere, 0.02);
}

const Economics kTable[] = {
    {"five-strikes", kGreedy, 5, 0, kGreedy, 5, 1, 1},
    {"nist-literal", kGreedy, 100, 0, kGreedy, 100, 1, 1},
    {"pci-10-30", kGreedy, 480, 480, kGreedy, 480, 1, 1},
    {"keycloak-permanent", kGreedy, 30, 0, kGreedy, 30, 1, 1, 1s},
    {"aspnet-identity", kGreedy, 1440, 1440, kGreedy, 1440, 1, 1},
    {"devise", kGreedy, 480, 480, kGreedy, 480, 1, 1},
    {"authelia-user", {2, 2min}, 1440, 1440, {3, 5min + 5ms}, 864, 1, 1},
    {"authelia-ip", {2, 2min}, 1440, 1440, {3, 5min + 5ms}, 864, 0, 0},
    {"rack-attack", kGreedy, 21600, 21600, kGreedy, 21600, 1, 1},
    {"fail2ban", kGreedy, 720, 720, kGreedy, 720, 0, 0},
};

INSTANTIATE_TEST_SUITE_P(Of, EconomicsTest, testing::ValuesIn(kTable),
                         [](const testing::TestParamInfo<Economics>& economics) {
                           std::string id = economics.param.baseline;
                           std::replace(id.begin(), id.end(), '-', '_');
                           return id;
                         });

}  // namespace
}  // namespace latchkey
