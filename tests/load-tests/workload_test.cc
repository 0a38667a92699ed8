#include "load-tests/workload.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace latchkey::load {
namespace {

WorkloadShape Two() {
  return {.name = "two",
          .what = "owners and attackers",
          .reports = true,
          .crowds = {
              {.name = "owners", .share = 0.25, .accounts = 100, .sources = 10, .devices = true, .wrong = 0},
              {.name = "attackers", .share = 0.75, .accounts = 1000, .sources = 50, .wrong = 1}}};
}

TEST(WorkloadTest, EveryAccountHasItsTurnBeforeOneComesAgain) {
  WorkloadShape shape = FindWorkload("assess").value();
  for (const int accounts : {1, 7, 1000, 9999}) {
    shape.crowds[0].accounts = accounts;
    const Workload workload(shape);
    std::set<std::string> names;
    for (int64_t n = 0; n < accounts; ++n) names.insert(workload.Request(n).account());
    EXPECT_EQ(names.size(), accounts);
    names.insert(workload.Request(accounts).account());
    EXPECT_EQ(names.size(), accounts);
  }
}

TEST(WorkloadTest, TheSameAttemptIsSentToEverySubject) {
  const Workload one(FindWorkload("login").value());
  const Workload other(FindWorkload("login").value());
  for (int64_t n = 0; n < 100; ++n) {
    EXPECT_EQ(one.Request(n).SerializeAsString(), other.Request(n).SerializeAsString());
    EXPECT_EQ(one.OutcomeOf(n), other.OutcomeOf(n));
  }
  EXPECT_NE(one.Request(0).SerializeAsString(), one.Request(1).SerializeAsString());
}

TEST(WorkloadTest, SourcesAreAddressesOfNetworksOfTheirOwn) {
  WorkloadShape shape = FindWorkload("assess").value();
  shape.crowds[0].sources = 100'000;
  const Workload workload(shape);
  std::set<std::string> networks;
  std::set<std::string> sources;
  for (int64_t n = 0; n < 20'000; ++n) {
    const std::string source = workload.Request(n).source();
    sources.insert(source);
    const bool v6 = source.find(':') != std::string::npos;
    networks.insert(v6 ? source.substr(0, source.find("::")) : source.substr(0, source.rfind('.')));
  }
  EXPECT_GT(sources.size(), 15'000);
  EXPECT_EQ(networks.size(), sources.size());
}

TEST(WorkloadTest, CrowdsHaveTheirSharesTheirAccountsAndTheirOutcomes) {
  const Workload workload(Two());
  std::array<std::set<std::string>, 2> names;
  std::array<int64_t, 2> counts{};
  for (int64_t n = 0; n < 10'000; ++n) {
    const size_t crowd = workload.CrowdOf(n);
    ++counts[crowd];
    names[crowd].insert(workload.Request(n).account());
    EXPECT_EQ(workload.OutcomeOf(n), crowd == 0 ? v1::OUTCOME_LOGIN_COMPLETE : v1::OUTCOME_WRONG);
  }
  EXPECT_NEAR(static_cast<double>(counts[0]), 2500, 150);
  for (const std::string& name : names[0]) EXPECT_EQ(names[1].count(name), 0) << name;
}

TEST(WorkloadTest, DevicesBringTheTokenOfTheirOwnAccount) {
  Workload workload(Two());
  ASSERT_EQ(workload.logins_before(), 100);
  auto tokens = std::make_shared<Workload::Tokens>();
  v1::AssessRequest login;
  for (int64_t n = 0; n < workload.logins_before(); ++n) {
    workload.FillLogin(n, &login);
    EXPECT_EQ(login.device_token(), "");
    tokens->push_back("token of " + login.account());
  }
  workload.BringTokens(tokens);
  for (int64_t n = 0; n < 200; ++n) {
    const v1::AssessRequest request = workload.Request(n);
    EXPECT_EQ(request.device_token(), workload.CrowdOf(n) == 0 ? "token of " + request.account() : "");
  }
}

TEST(WorkloadTest, AnotherNameIsNotFound) {
  EXPECT_TRUE(FindWorkload("attack").ok());
  EXPECT_EQ(FindWorkload("attacks").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace latchkey::load
