// The certificates of the policies that we ship, and what a change of policy changes in them.
#include "engine/policy/certificate/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "adapters/policy_file/yaml_policy_reader.h"
#include "engine/policy/certificate/diff.h"
#include "engine/policy/certificate/lines.h"
#include "engine/policy/certificate/password_odds.h"
#include "tests/support/engine_rig.h"

namespace latchkey {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;

std::shared_ptr<const Policy> Shipped(const std::string& file) {
  return PolicyOf(Require(ReadPolicyText(LATCHKEY_ROOT "/policies/" + file)));
}

const Denial& Of(const Certificate& certificate, const std::string& victim) {
  for (const Denial& denial : certificate.denials) {
    if (denial.victim == victim) return denial;
  }
  throw std::out_of_range(victim);
}

const ComplianceLine& Standard(const Certificate& certificate, const std::string& name) {
  for (const ComplianceLine& line : certificate.compliance) {
    if (line.standard.find(name) != std::string::npos) return line;
  }
  throw std::out_of_range(name);
}

std::vector<int64_t> Totals(const Certificate& certificate) {
  std::vector<int64_t> totals;
  for (const GuessRow& row : certificate.guesses.rows) totals.push_back(row.total.value_or(-1));
  return totals;
}

std::shared_ptr<const Policy> WithStakes(const std::string& more) {
  PolicyReading reading = YamlPolicyReader().ReadUncertified(DefaultPolicyText() + "stakes:\n" + more, 1);
  EXPECT_TRUE(StatusOf(reading, "policy").ok()) << StatusOf(reading, "policy");
  return reading.policy;
}

TEST(CertificateTest, AStakeThatStrangersCanTellBreaksP7AndNothingElse) {
  const std::string limits =
      "  limits: [ { above: 3, in: 24h, then: challenge }, { above: 1, in: 1h, then: challenge } ]\n";
  const Certificate usual = Certify(*Shipped("default.yaml"));
  const Certificate broken = Certify(*WithStakes(limits));
  ASSERT_EQ(broken.Unaccepted().size(), 1U);
  const Breach finding = broken.Unaccepted().front();
  EXPECT_EQ(finding.promise, "P7");
  EXPECT_EQ(finding.rule, "stakes");
  EXPECT_EQ(finding.limit_index, 1) << "the one that is met first";
  ASSERT_EQ(finding.requests.size(), 2U);
  EXPECT_EQ(finding.requests[0].times, 1);
  ASSERT_EQ(BrokenPromises(broken).size(), 1U);
  EXPECT_EQ(BrokenPromises(broken)[0].path, "stakes");
  EXPECT_THAT(BrokenPromises(broken)[0].mend, testing::HasSubstr("accept_risk: [P7]"));
  EXPECT_EQ(Totals(broken), Totals(usual)) << "no bound counts on a stake";

  const Certificate accepted = Certify(*WithStakes(limits + "accept_risk: [P7]\n"));
  EXPECT_THAT(accepted.Unaccepted(), IsEmpty());
  EXPECT_THAT(accepted.Accepted(), ElementsAre("P7"));
  EXPECT_FALSE(accepted.promises[6].by_engine);
  std::vector<std::string> changed;
  for (const LineChange& change : CompareCertificates(usual, accepted))
    changed.push_back(change.name + ": " + change.before + " -> " + change.after);
  EXPECT_THAT(changed, ElementsAre("P7 no oracle: kept -> accepted",
                                   "stakes[0], failures of strangers before a challenge:  -> 3 in 24 h",
                                   "stakes[1], failures of strangers before a challenge:  -> 1 in 1 h"));
}

TEST(CertificateTest, StakesInShadowTellNobody) {
  const Certificate certificate =
      Certify(*WithStakes("  { mode: shadow, limits: [ { above: 0, in: 1h, then: challenge } ] }\n"));
  EXPECT_THAT(certificate.findings, IsEmpty());
  EXPECT_THAT(certificate.at_stake, IsEmpty());
}

TEST(CertificateTest, TheDefaultKeepsEveryPromise) {
  const Certificate certificate = Certify(*Shipped("default.yaml"));
  ASSERT_EQ(certificate.promises.size(), 11U);
  for (const PromiseLine& line : certificate.promises)
    EXPECT_EQ(line.keeping, Keeping::kKept) << line.promise;
  EXPECT_THAT(certificate.findings, IsEmpty());
  EXPECT_THAT(Totals(certificate), ElementsAre(94, 100, 300, 3540));
  EXPECT_EQ(certificate.guesses.consecutive.total, std::nullopt);
  EXPECT_EQ(certificate.owner_tries.on_known_device, 5 + 4 + 5);
  EXPECT_TRUE(Standard(certificate, "ASVS").met);
  EXPECT_FALSE(Standard(certificate, "NIST").met);
  EXPECT_FALSE(Standard(certificate, "PCI").met);
}

TEST(CertificateTest, FewerCodesAreALineThatChanges) {
  const std::string text = Require(ReadPolicyText(LATCHKEY_ROOT "/policies/default.yaml"));
  const std::string fewer =
      absl::StrReplaceAll(text, {{"[10 per 24h, 30 per 30d]", "[5 per 24h, 30 per 30d]"}});
  ASSERT_NE(fewer, text);
  const auto changes = CompareCertificates(Certify(*PolicyOf(text)), Certify(*PolicyOf(fewer)));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].name, "one_time_code in 24h");
  EXPECT_EQ(changes[0].before, "70");
  EXPECT_EQ(changes[0].after, "65");
}

TEST(CertificateTest, InTheDefaultNobodyKeepsOutWhoHasAProof) {
  const Certificate certificate = Certify(*Shipped("default.yaml"));
  for (const char* victim : {"known_device", "familiar_address", "recovery"}) {
    EXPECT_FALSE(Of(certificate, victim).by_anybody) << victim;
    EXPECT_FALSE(Of(certificate, victim).by_neighbour) << victim;
  }
  const auto& new_device = Of(certificate, "new_device").by_anybody;
  ASSERT_TRUE(new_device);
  EXPECT_EQ(new_device->captchas_per_day, 15);
  EXPECT_LT(new_device->usd_per_day_high, 0.1) << "cheap, which is why there are other lanes";
}

TEST(CertificateTest, TheFiguresOfOthersAreTheirs) {
  struct Row {
    const char* file;
    int64_t guesses_a_day;
    int64_t requests_to_deny;
  };
  for (const Row& row : {Row{"five-strikes", 5, 5}, Row{"nist-literal", 100, 100}, Row{"devise", 480, 480},
                         Row{"aspnet-identity", 1440, 1440}, Row{"rack-attack", 21600, 21600},
                         Row{"pci-10-30", 480, 480}, Row{"authelia-user", 1441, 864}}) {
    const Certificate certificate = Certify(*Shipped(std::string("baselines/") + row.file + ".yaml"));
    EXPECT_THAT(certificate.guesses.rows[1].total, Optional(row.guesses_a_day)) << row.file;
    const auto& denial = Of(certificate, "known_device").by_anybody;
    ASSERT_TRUE(denial) << row.file;
    EXPECT_EQ(denial->requests_per_day, row.requests_to_deny) << row.file;
    EXPECT_FALSE(Standard(certificate, "ASVS").met) << row.file;
  }
}

TEST(CertificateTest, StandardsAreJudgedByTheirLetter) {
  EXPECT_TRUE(Standard(Certify(*Shipped("baselines/nist-literal.yaml")), "NIST").met);
  EXPECT_TRUE(Standard(Certify(*Shipped("baselines/pci-10-30.yaml")), "PCI").met);
  EXPECT_FALSE(Standard(Certify(*Shipped("baselines/pci-10-30.yaml")), "NIST").met);
}

TEST(CertificateTest, ASharedAddressBearsAnOffice) {
  const Certificate certificate = Certify(*Shipped("default.yaml"));
  ASSERT_FALSE(certificate.shared_addresses.empty());
  for (const SharedAddressLine& line : certificate.shared_addresses)
    EXPECT_GT(line.people, 1000) << line.rule;
}

TEST(CertificateTest, OddsComeFromPublishedNumbers) {
  EXPECT_DOUBLE_EQ(OddsOfGuesses(10)[0].share, 0.0205);
  EXPECT_DOUBLE_EQ(OddsOfGuesses(10)[1].share, 0.018);
  EXPECT_GT(OddsOfGuesses(30)[0].share, 0.0205);
  EXPECT_LT(OddsOfGuesses(30)[0].share, 0.046);
  EXPECT_TRUE(OddsOfGuesses(5000)[0].at_least);
}

TEST(CertificateDiffTest, ShowsEachLineThatAChangeChangesAndNoOther) {
  const std::string text = DefaultPolicyText();
  const auto before = PolicyOf(text);
  const auto after = PolicyOf(
      absl::StrReplaceAll(text, {{"[15 per 24h, 60 per 30d], valid", "[10 per 24h, 60 per 30d], valid"}}));
  const std::vector<LineChange> changes = CompareCertificates(Certify(*before), Certify(*after));
  EXPECT_THAT(changes, Contains(Field(&LineChange::after, "95")));
  EXPECT_THAT(changes, Contains(Field(&LineChange::after, "95 of 100")));
  for (const LineChange& change : changes) EXPECT_NE(change.section, "Promises") << change.name;
  EXPECT_THAT(CompareCertificates(Certify(*before), Certify(*before)), IsEmpty());
  EXPECT_THAT(FreshCounters(*before, *after), IsEmpty()) << "a count survives a change of its limits";
}

TEST(CertificateDiffTest, ACounterThatStartsEmptyIsOneBudgetMore) {
  const std::string text = DefaultPolicyText();
  const auto after = PolicyOf(
      absl::StrReplaceAll(text, {{"by: [network]\n    from: [stranger]",
                                  "by: [network]\n    from: [stranger, challenged]\n    to: [stranger]"}}));
  const std::vector<FreshCounter> fresh = FreshCounters(*PolicyOf(text), *after);
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_EQ(fresh[0].rule, "spraying-network");
  EXPECT_EQ(fresh[0].extra, 100);
}

}  // namespace
}  // namespace latchkey
