#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/fake_server.h"

namespace latchkey::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kSnipe[] = LATCHKEY_POLICIES "/../tests/scenarios/a01-auction-snipe.yaml";
constexpr char kFiveStrikes[] = LATCHKEY_POLICIES "/baselines/five-strikes.yaml";

// A file of this text, in the tests' own folder.
std::string FileOf(const std::string& name, const std::string& text) {
  std::string path = testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

TEST(LabVerbTest, RunPrintsEveryFigureAndHowFastItWas) {
  const Ran ran = RunCli({"lab", "run", kSnipe, "--check"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("A1 under default: A rival's five wrong passwords"));
  EXPECT_THAT(ran.out, HasSubstr("owner_known_changed_answers"));
  EXPECT_THAT(ran.err, HasSubstr(" a second)"));
}

TEST(LabVerbTest, CheckFailsWhenItComesOutOtherwise) {
  const Ran ran = RunCli({"lab", "run", kSnipe, "--check", "--policy", kFiveStrikes});
  EXPECT_EQ(ran.code, ExitCode::kError);
  EXPECT_THAT(ran.err, HasSubstr("not as the scenario expects: owner_known_changed_answers is "));
}

TEST(LabVerbTest, CompareIsTheSameBytesForTheSameSeed) {
  const std::vector<std::string> compare = {"lab",  "compare", "--policies", kFiveStrikes, "--scenarios",
                                            kSnipe, "--seed",  "3",          "-o",         "json"};
  const Ran once = RunCli(compare);
  EXPECT_EQ(once.code, ExitCode::kOk) << once.err;
  EXPECT_EQ(RunCli(compare).out, once.out);
  EXPECT_EQ(nlohmann::json::parse(once.out)["rows"][0]["policy"], "five-strikes");
}

TEST(LabVerbTest, CompareWritesAReport) {
  const std::string report = testing::TempDir() + "lab-report.html";
  const Ran ran =
      RunCli({"lab", "compare", "--policies", kFiveStrikes, "--scenarios", kSnipe, "--html", report});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_GT(std::filesystem::file_size(report), 1000U);
  EXPECT_EQ(
      RunCli({"lab", "compare", "--policies", kFiveStrikes, "--scenarios", kSnipe, "--html", "/nowhere/x"})
          .code,
      ExitCode::kError);
}

TEST(LabVerbTest, WrongFilesAreToldLineByLine) {
  const std::string scenario = FileOf("wrong.yaml", "id: A1\nshows: x\nduration: 1d\npeople: [ ownrs ]\n");
  const Ran ran = RunCli({"lab", "run", scenario});
  EXPECT_EQ(ran.code, ExitCode::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("wrong.yaml:4:11: unknown actor 'ownrs' among people; known are carrier, "));
  const std::string policy = FileOf("policy.yaml", "version: 1\n");
  const Ran refused = RunCli({"lab", "run", kSnipe, "--policy", policy});
  EXPECT_EQ(refused.code, ExitCode::kInvalidPolicy);
  EXPECT_THAT(refused.err, HasSubstr("policy.yaml:1:1: a policy has no 'name'"));
  EXPECT_EQ(RunCli({"lab", "run", "/nowhere/at-all.yaml"}).code, ExitCode::kNotFound);
  EXPECT_EQ(RunCli({"lab", "run", kSnipe, "--scale", "0"}).code, ExitCode::kUsage);
}

TEST(LabVerbTest, DetectSaysWhatEachAttackCameToAndWhoIsNamed) {
  const std::string rival = LATCHKEY_POLICIES "/../tests/scenarios/detection/s01-rival-at-home.yaml";
  const std::string calm = LATCHKEY_POLICIES "/../tests/scenarios/b06-kiosk.yaml";
  const Ran ran = RunCli({"lab", "detect", "--scenarios", rival + "," + calm, "-o", "json"});
  ASSERT_EQ(ran.code, ExitCode::kOk) << ran.err;
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json["attacks"]["lockout-sabotage"]["precision"], 1);
  EXPECT_EQ(json["attacks"]["lockout-sabotage"]["recall"], 1);
  EXPECT_LE(json["attacks"]["lockout-sabotage"]["delay_s"], 60);
  EXPECT_TRUE(json["attacks"]["password-spray"]["recall"].is_null());
  EXPECT_EQ(json["suspects"]["named_right"], 1);
  EXPECT_EQ(json["suspects"]["named_wrong"], 0);
  EXPECT_EQ(json["false_incidents_per_day"], 0);
  EXPECT_GT(json["false_incidents_per_day_max"], 0);
  EXPECT_THAT(RunCli({"lab", "detect", "--scenarios", rival}).out,
              HasSubstr("Suspects: 1 named, 1 of them rightly"));
}

TEST(LabVerbTest, ActorsAreListedWithTheirParameters) {
  const Ran ran = RunCli({"lab", "actors"});
  EXPECT_THAT(ran.out, HasSubstr("saboteur (attack): "));
  EXPECT_THAT(ran.out, HasSubstr("captcha_fails"));
  const auto json = nlohmann::json::parse(RunCli({"lab", "actors", "-o", "json"}).out);
  EXPECT_GE(json["actors"].size(), 25U);
}

}  // namespace
}  // namespace latchkey::cli
