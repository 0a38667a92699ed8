// What each kind of people does, seen on a small day.
#include <gtest/gtest.h>

#include <set>

#include "tests/engine-lab/lived.h"

namespace latchkey::lab {
namespace {

std::set<std::string> Homes(const Lived& lived) {
  std::set<std::string> homes;
  for (const Account& account : lived.accounts()) homes.insert(account.home);
  return homes;
}

double ShareOf(const Lived& lived, bool SessionNote::*what) {
  double count = 0;
  for (const SessionNote& session : lived.notes().sessions) count += session.*what ? 1 : 0;
  return count / static_cast<double>(lived.notes().sessions.size());
}

TEST(PeopleTest, OwnersComeFromHomesOfTheirOwnAndMostlyKnow) {
  const Lived lived("people: [ owners: { count: 400, logins_per_day: 3 } ]");
  EXPECT_EQ(Homes(lived).size(), 400U);
  EXPECT_NEAR(static_cast<double>(lived.notes().sessions.size()), 1200, 120);
  EXPECT_NEAR(ShareOf(lived, &SessionNote::known), 0.9, 0.03);
  EXPECT_NEAR(ShareOf(lived, &SessionNote::first_right_allowed), 1, 0.01);
  double mistyped = 0;
  for (const SessionNote& session : lived.notes().sessions) mistyped += session.wrong > 0 ? 1 : 0;
  EXPECT_NEAR(mistyped / static_cast<double>(lived.notes().sessions.size()), 0.07, 0.02);
}

TEST(PeopleTest, WhoHasForgottenResetsByMail) {
  const Lived lived("people: [ owners: { count: 50, forgets: 1, mailbox: 1, logins_per_day: 2 } ]");
  EXPECT_GT(lived.notes().mails, 50);
  EXPECT_NEAR(ShareOf(lived, &SessionNote::in), 1, 0.05);
  const Lived without("people: [ owners: { count: 50, forgets: 1, mailbox: 0, logins_per_day: 2 } ]");
  EXPECT_EQ(without.notes().mails, 0);
  EXPECT_EQ(ShareOf(without, &SessionNote::in), 0);
}

TEST(PeopleTest, OneLoginCanBeSetToATime) {
  const Lived lived(
      "people: [ owners: { count: 50, at: 9m, spread: 10s, last_login: 0s, typo: 0, forgets: 0 } ]", "10m");
  EXPECT_EQ(lived.notes().sessions.size(), 50U);
  for (const Account& account : lived.accounts()) {
    const Duration after = account.last_login - lived.start();
    EXPECT_TRUE(after >= std::chrono::seconds(530) && after <= std::chrono::seconds(550)) << after.count();
  }
}

TEST(PeopleTest, AnOfficeSharesItsAddressAndComesAtNine) {
  const Lived lived("people: [ office: { count: 300, typo: 0, forgets: 0 } ]");
  EXPECT_EQ(Homes(lived).size(), 1U);
  int around_nine = 0;
  for (const Account& account : lived.accounts()) {
    const Duration after = account.last_login - lived.start();
    around_nine += after > std::chrono::hours(8) && after < std::chrono::hours(10) ? 1 : 0;
  }
  EXPECT_GT(around_nine, 290);
}

TEST(PeopleTest, ACarrierHasFewAddressesForAll) {
  EXPECT_EQ(Homes(Lived("people: [ carrier: { count: 300, addresses: 4 } ]")).size(), 4U);
}

TEST(PeopleTest, AKioskHasOneAddressAndLosesItsCookiesAtTimes) {
  const Lived lived("people: [ kiosk: { count: 50, wiped: 0.5 } ]", "3d");
  EXPECT_EQ(Homes(lived).size(), 1U);
  EXPECT_NEAR(ShareOf(lived, &SessionNote::known), 0.5, 0.08);
}

TEST(PeopleTest, AFamilySharesAHome) {
  EXPECT_EQ(Homes(Lived("people: [ family: { count: 40, members: 4 } ]")).size(), 10U);
}

TEST(PeopleTest, TravellersBecomeUnknownOnceAndKnownAgain) {
  const Lived before("people: [ travellers: { count: 100, logins_per_day: 4, leave: 9d, device: 1 } ]", "4d");
  EXPECT_EQ(ShareOf(before, &SessionNote::known), 1);
  const Lived after("people: [ travellers: { count: 100, logins_per_day: 4, leave: 0s, device: 1 } ]", "4d");
  EXPECT_NEAR(ShareOf(after, &SessionNote::known), 15 / 16.0, 0.03);
}

TEST(PeopleTest, APasswordManagerRepeatsOnePassword) {
  const Lived lived("people: [ password_managers: { count: 50, stale: 1, storm: 10, typo: 0, forgets: 0 } ]");
  for (const SessionNote& session : lived.notes().sessions) EXPECT_EQ(session.wrong, 10);
  EXPECT_EQ(ShareOf(lived, &SessionNote::refused), 0);
}

TEST(PeopleTest, ShoppersComeWithTheSale) {
  const Lived calm("people: [ shoppers: { count: 300, surge: 1 } ]");
  const Lived sale("people: [ shoppers: { count: 300, surge: 50 } ]");
  EXPECT_GT(sale.notes().sessions.size(), 2 * calm.notes().sessions.size());
}

TEST(PeopleTest, MachinesAreNoLogins) {
  const Lived stale(
      "people: [ owners: { count: 3, logins_per_day: 0, last_login: 0s }, stale_clients: { count: 3 } ]");
  EXPECT_TRUE(stale.notes().sessions.empty());
  EXPECT_NEAR(static_cast<double>(stale.notes().attempts), 3 * 288, 6);
  const Lived monitor("people: [ monitors: { every: 1m } ]");
  EXPECT_NEAR(static_cast<double>(monitor.notes().attempts), 1440, 2);
}

TEST(PeopleTest, WhoCannotSolveACaptchaAsksForMail) {
  const std::string attack = "attack: [ botnet: { addresses: 2000, tries: 2000, every: 40s } ]\n";
  const Lived solves(
      "people: [ owners: { count: 1, logins_per_day: 40, device: 0, away: 1, mailbox: 1 } ]\n" + attack);
  EXPECT_GT(ShareOf(solves, &SessionNote::challenged), 0.5);
  EXPECT_LT(solves.notes().mails, 5);
  const Lived asks(
      "people: [ owners: { count: 1, logins_per_day: 40, device: 0, away: 1, captcha: 0, mailbox: 1 } ]\n" +
      attack);
  EXPECT_GT(asks.notes().mails, 10);
}

}  // namespace
}  // namespace latchkey::lab
