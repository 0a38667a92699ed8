#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/files.h"
#include "nlohmann/json.hpp"
#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;

TEST(PolicyVerbTest, CheckNeedsNoServerAndSaysEverythingAtOnce) {
  const Ran ran = RunCli({"policy", "check", "-", "--server", "127.0.0.1:1"},
                         "version: 1\nname: shop\nrulez: []\nlanes: 7\n");
  EXPECT_EQ(ran.code, ExitCode::kInvalidPolicy);
  EXPECT_THAT(ran.out, HasSubstr("input:3:1: error: "));
  EXPECT_THAT(ran.out, HasSubstr("input:4:"));
}

TEST(PolicyVerbTest, TheDefaultPolicyPassesTheCheck) {
  const Ran ran = RunCli({"policy", "check", LATCHKEY_POLICIES "/default.yaml"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.out;
}

TEST(PolicyVerbTest, CheckWarnsOfWhatAPolicyGivesUp) {
  const Ran ran = RunCli({"policy", "check", LATCHKEY_POLICIES "/baselines/five-strikes.yaml"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("warning: gives up P1 (non-interference): five-strikes: 5 wrong passwords"));
}

TEST(PolicyVerbTest, CertifySaysWhatAPolicyGuarantees) {
  const Ran table = RunCli({"policy", "certify", LATCHKEY_POLICIES "/default.yaml"});
  EXPECT_EQ(table.code, ExitCode::kOk);
  EXPECT_THAT(table.out, HasSubstr("P1 non-interference"));
  const Ran document = RunCli({"policy", "certify", LATCHKEY_POLICIES "/default.yaml", "--markdown"});
  EXPECT_THAT(document.out, HasSubstr("# Login throttling: certificate of the policy `storefront`"));
  const Ran json = RunCli({"policy", "certify", LATCHKEY_POLICIES "/default.yaml", "--output", "json"});
  const auto parsed = nlohmann::json::parse(json.out);
  for (const char* promise : {"P1", "P2", "P3", "P4", "P5", "P8", "P10"})
    EXPECT_EQ(parsed["promises"][promise], "kept") << promise;
  EXPECT_EQ(parsed["guesses_per_account"]["24h"], 100);
  EXPECT_EQ(parsed["guesses_per_account"]["30d"], 300);
  EXPECT_TRUE(parsed["guesses_per_account"]["consecutive"].is_null());
  EXPECT_TRUE(parsed["denial"]["known_device"]["by_anybody"].is_null());
  EXPECT_EQ(parsed["owner_tries"]["device"], 5);
  EXPECT_TRUE(parsed["findings"].empty());
}

TEST(PolicyVerbTest, CertifyShowsABrokenPromiseAndEndsAsARefusedPolicy) {
  std::string text = ReadFile(LATCHKEY_POLICIES "/baselines/five-strikes.yaml").value();
  text.replace(text.find("accept_risk: ["), std::string("accept_risk: [").size(), "accept_risk: [P2, ");
  text.replace(text.find("P1, P4"), 6, "P4");
  const Ran ran = RunCli({"policy", "certify", "-", "-o", "json"}, text);
  EXPECT_EQ(ran.code, ExitCode::kInvalidPolicy);
  const auto parsed = nlohmann::json::parse(ran.out);
  EXPECT_EQ(parsed["promises"]["P1"], "broken");
  EXPECT_EQ(parsed["promises"]["P5"], "accepted");
  EXPECT_EQ(parsed["findings"][0]["attack"],
            "5 wrong passwords from anywhere refuse the owner everywhere until a login succeeds");
  EXPECT_EQ(RunCli({"policy", "check", "-"}, text).code, ExitCode::kInvalidPolicy);
}

TEST(PolicyVerbTest, DiffShowsLinesThatChangeAndCountersThatStartEmpty) {
  const Ran ran = RunCli({"policy", "diff", LATCHKEY_POLICIES "/default.yaml",
                          LATCHKEY_POLICIES "/baselines/five-strikes.yaml", "-o", "json"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  const auto parsed = nlohmann::json::parse(ran.out);
  EXPECT_FALSE(parsed["changes"].empty());
  ASSERT_FALSE(parsed["extra_budgets"].empty());
  const Ran same =
      RunCli({"policy", "diff", LATCHKEY_POLICIES "/default.yaml", LATCHKEY_POLICIES "/default.yaml"});
  EXPECT_EQ(same.out, "no line of the certificate changes\n");
}

TEST(PolicyVerbTest, ShowPrintsTheTextAndNothingElseOnOutput) {
  FakeServer server;
  server.policies.get.answer.mutable_policy()->set_text("version: 1\n");
  server.policies.get.answer.mutable_policy()->set_revision(7);
  const Ran ran = server.Run({"policy", "show"});
  EXPECT_EQ(ran.out, "version: 1\n");
  EXPECT_THAT(ran.err, HasSubstr("revision 7"));
}

TEST(PolicyVerbTest, ApplyingAWrongTextShowsItsLinesAndAppliesNothing) {
  FakeServer server;
  auto& diagnostic = *server.policies.validate.answer.add_diagnostics();
  diagnostic.set_severity(v1::PolicyDiagnostic::SEVERITY_ERROR);
  diagnostic.set_line(3);
  diagnostic.set_column(7);
  diagnostic.set_message("unknown key 'abov'");
  diagnostic.set_mend("did you mean 'above'?");
  const Ran ran =
      server.Run({"policy", "apply", "-", "--expect-revision", "1", "--reason", "tighter"}, "abov: 1");
  EXPECT_EQ(ran.code, ExitCode::kInvalidPolicy);
  EXPECT_THAT(ran.err, HasSubstr("input:3:7: error: unknown key 'abov'; did you mean 'above'?"));
  EXPECT_EQ(server.policies.apply.calls, 0);
}

TEST(PolicyVerbTest, ApplyingWantsTheRevisionThatWasRead) {
  FakeServer server;
  EXPECT_EQ(server.Run({"policy", "apply", "-", "--reason", "tighter"}, "x").code, ExitCode::kUsage);
  server.policies.validate.answer.set_valid(true);
  server.policies.apply.status = grpc::Status(grpc::StatusCode::ABORTED, "revision 2 is in force");
  const Ran ran = server.Run({"policy", "apply", "-", "--expect-revision", "1", "--reason", "tighter"}, "x");
  EXPECT_EQ(ran.code, ExitCode::kConflict);
  EXPECT_EQ(server.policies.apply.asked.expected_revision(), 1);
  EXPECT_EQ(server.policies.apply.asked.reason(), "tighter");
}

TEST(PolicyVerbTest, HistoryIsCutAtItsLimit) {
  FakeServer server;
  for (int revision = 5; revision > 0; --revision) {
    server.policies.list.answer.add_policies()->set_revision(revision);
  }
  const Ran ran = server.Run({"policy", "history", "--limit", "2"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("5"));
  EXPECT_THAT(ran.out, ::testing::Not(HasSubstr("3  ")));
}

TEST(PolicyVerbTest, RollsBack) {
  FakeServer server;
  server.policies.rollback.answer.mutable_policy()->set_revision(3);
  const Ran ran = server.Run(
      {"policy", "rollback", "1", "--expect-revision", "2", "--reason", "too tight", "--author", "ann"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_EQ(server.policies.rollback.asked.revision(), 1);
  EXPECT_EQ(server.policies.rollback.asked.author(), "ann");
  EXPECT_THAT(ran.out, HasSubstr("revision 3"));
}

TEST(PolicyVerbTest, ApplyMayShadowOrBeginWithAShare) {
  FakeServer server;
  server.policies.validate.answer.set_valid(true);
  auto& policy = *server.policies.apply.answer.mutable_policy();
  policy.set_revision(8);
  policy.set_name("shop");
  policy.set_candidate(true);
  policy.mutable_rollout()->set_stage(v1::PolicyRollout::STAGE_SHADOW);
  const std::vector<std::string> usual = {"policy", "apply",    "-",  "--expect-revision",
                                          "7",      "--reason", "try"};
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), usual.begin(), usual.end());
    return server.Run(more, "x");
  };
  EXPECT_EQ(run({"--shadow"}).out, "revision 8 (shop) is shadowed\n");
  EXPECT_EQ(server.policies.apply.asked.rollout().stage(), v1::PolicyRollout::STAGE_SHADOW);

  policy.mutable_rollout()->set_stage(v1::PolicyRollout::STAGE_SHARE);
  policy.mutable_rollout()->set_share_millionths(125'000);
  EXPECT_EQ(run({"--share", "12.5%"}).out, "revision 8 (shop) is in force for 12.5 % of the accounts\n");
  EXPECT_EQ(server.policies.apply.asked.rollout().share_millionths(), 125'000);
  for (const char* share : {"0%", "100%", "10", "ten%", "-5%"}) {
    EXPECT_EQ(run({"--share", share}).code, ExitCode::kUsage) << share;
  }
  EXPECT_EQ(run({"--share", "10%", "--shadow"}).code, ExitCode::kUsage);
}

TEST(PolicyVerbTest, PromoteAndRollbackAreOneCommandEach) {
  FakeServer server;
  server.policies.promote.answer.mutable_policy()->set_in_force(true);
  server.policies.promote.answer.mutable_policy()->set_revision(9);
  EXPECT_THAT(server.Run({"policy", "promote", "--expect-revision", "8", "--reason", "good"}).out,
              HasSubstr("revision 9"));
  EXPECT_EQ(server.policies.promote.asked.expected_revision(), 8);
  EXPECT_EQ(server.Run({"policy", "rollback", "--expect-revision", "9", "--reason", "bad"}).code,
            ExitCode::kOk);
  EXPECT_EQ(server.policies.rollback.asked.revision(), 0) << "the one before";
}

}  // namespace
}  // namespace latchkey::cli
