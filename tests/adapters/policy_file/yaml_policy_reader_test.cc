#include "adapters/policy_file/yaml_policy_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/policy/check.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A policy with this rule, whose limits begin in column 7 of line 14.
constexpr std::string_view kHead =
    "version: 1\n"
    "name: test\n"
    "bounds: { 24h: 100, 30d: 300, consecutive: 100 }\n"
    "lanes:\n"
    "  device:     { failures: 5, until: success, devices: 3, token_ttl: 30d, on_store_loss: allow }\n"
    "  recovered:  { failures: 5, until: success, recoveries: 2 per 24h, token_ttl: 2h }\n"
    "  familiar:   { failures: [4 per 24h, 16 per 30d], sources: 2, remember: 7d }\n"
    "  challenged: { failures: 10 per 24h, valid: 5m }\n"
    "  stranger:   { failures: 20 per 24h, on_store_loss: refuse }\n"
    "rules:\n";

std::string WithLimits(const std::string& limits) {
  return absl::StrCat(
      std::string(kHead),
      "  - id: guesses\n    count: failures\n    by: [account]\n    from: [stranger]\n    limits:\n", limits);
}

// What these policies promise is not the matter here.
std::shared_ptr<const Policy> Good(std::string_view text) {
  const PolicyReading reading = YamlPolicyReader().ReadUncertified(text, 7);
  EXPECT_TRUE(StatusOf(reading, "f").ok()) << StatusOf(reading, "f");
  return reading.policy;
}

std::string Bad(std::string_view text) {
  const PolicyReading reading = YamlPolicyReader().Read(text, 7);
  EXPECT_EQ(reading.policy, nullptr);
  return std::string(StatusOf(reading, "f").message());
}

TEST(YamlPolicyReaderTest, ReadsLanesToTheLetter) {
  const auto policy = Good(WithLimits("      - { above: 5, in: 15m, then: challenge }\n"));
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->revision(), 7);
  const PolicySpec& spec = policy->spec();
  EXPECT_EQ(spec.name, "test");
  EXPECT_EQ(spec.consecutive_bound, 100);
  EXPECT_EQ(spec.device.consecutive, 5);
  EXPECT_EQ(spec.device.devices, 3);
  EXPECT_EQ(spec.device.token_ttl, hours(24 * 30));
  EXPECT_EQ(spec.device.on_store_loss, OnStoreLoss::kAllow);
  EXPECT_THAT(spec.recovered.recoveries, ElementsAre(Allowance{2, hours(24)}));
  EXPECT_EQ(spec.recovered.token_ttl, hours(2));
  EXPECT_THAT(spec.familiar.failures, ElementsAre(Allowance{4, hours(24)}, Allowance{16, hours(24 * 30)}));
  EXPECT_EQ(spec.familiar.sources, 2);
  EXPECT_EQ(spec.familiar.on_store_loss, OnStoreLoss::kLocal) << "the default";
  EXPECT_EQ(spec.challenged.valid, minutes(5));
  EXPECT_EQ(spec.stranger.on_store_loss, OnStoreLoss::kRefuse);
}

TEST(YamlPolicyReaderTest, ReadsDetectionToTheLetter) {
  const std::string whole = absl::StrCat(std::string(kHead), "  []\n",
                                         "detect:\n"
                                         "  lockout_sabotage: { tries: 4, confidence: 0.9, one_in: 5000, "
                                         "again: 0.5, stakes: 0.2, deadline: 5m }\n"
                                         "  suspects: { confidence: 0.7, prior: 0.04, same_address: 20, "
                                         "same_network: 3, same_device: 400, recently: "
                                         "5, recent: 10m }\n"
                                         "  credential_stuffing: { accounts: 30, failing: 0.7 }\n"
                                         "  password_spray: { accounts: 40, share: 0.1 }\n"
                                         "  targeted_guessing: { passwords: 50 }\n"
                                         "  distributed_guessing: { sources: 60 }\n"
                                         "  low_and_slow: { days: 7, passwords: 70 }\n"
                                         "  token_theft: { failures: 8 }\n"
                                         "  counter_laundering: { failures: 9, logins: 5 }\n"
                                         "  key_flood: { names: 500, unknown: 0.8 }\n");
  const auto policy = Good(whole);
  ASSERT_NE(policy, nullptr);
  const DetectSpec wanted{
      .lockout_sabotage = {.tries = 4,
                           .confidence = 0.9,
                           .one_in = 5000,
                           .again = 0.5,
                           .stakes = 0.2,
                           .deadline = minutes(5)},
      .suspects = {.confidence = 0.7,
                   .prior = 0.04,
                   .same_address = 20,
                   .same_network = 3,
                   .same_device = 400,
                   .recently = 5,
                   .recent = minutes(10)},
      .credential_stuffing = {.accounts = 30, .failing = 0.7},
      .password_spray = {.accounts = 40, .share = 0.1},
      .targeted_guessing = {.passwords = 50},
      .distributed_guessing = {.sources = 60},
      .low_and_slow = {.days = 7, .passwords = 70},
      .token_theft = {.failures = 8},
      .counter_laundering = {.failures = 9, .logins = 5},
      .key_flood = {.names = 500, .unknown = 0.8},
  };
  EXPECT_EQ(policy->spec().detect, wanted);
  EXPECT_THAT(Bad(absl::StrCat(std::string(kHead), "  []\ndetect: { token_theft: { failures: 0 } }\n")),
              HasSubstr("'failures' of 'token_theft'"));
}

TEST(YamlPolicyReaderTest, ReadsLimitsToTheLetter) {
  const auto policy =
      Good(WithLimits("      - { above: 5, in: 15m, then: challenge }\n"
                      "      - { above: 8, in: 1h, then: throttle, wait: { first: 30s, factor: 1.5, max: 1h "
                      "}, to: [stranger, familiar] }\n"
                      "      - { above: 9, in: 1h, then: throttle, wait: { first: 10s, max: 10m } }\n"
                      "      - { above: 10, in: 24h, then: lockout, for: 1h }\n"
                      "      - { above: 11, in: ever, until: operator, then: lockout, to: all }\n"
                      "      - { least_interval: 2s, then: throttle }\n"
                      "      - { above: 12, in: ever, quiet: 12h, then: lockout }\n"));
  ASSERT_NE(policy, nullptr);
  const std::vector<RuleLimit>& limits = policy->rules()[0].limits;
  EXPECT_EQ(limits[0].limit, (Limit{.above = 5, .window = minutes(15), .then = Consequence::kChallenge}));
  EXPECT_EQ(limits[1].limit.wait, (Wait{seconds(30), 1.5, hours(1)}));
  EXPECT_EQ(limits[1].to, (LaneSet{Lane::kStranger, Lane::kFamiliar}));
  EXPECT_EQ(limits[2].limit.wait, (Wait{seconds(10), 2, minutes(10)}))
      << "a wait doubles unless told otherwise";
  EXPECT_EQ(limits[3].limit.hold, hours(1));
  EXPECT_TRUE(limits[4].limit.ever());
  EXPECT_EQ(limits[4].until, Until::kOperator);
  EXPECT_EQ(limits[4].to, LaneSet::All());
  EXPECT_EQ(limits[5].limit, (Limit{.above = 1,
                                    .window = seconds(2),
                                    .then = Consequence::kThrottle,
                                    .wait = {seconds(2), 1, seconds(2)}}));
  EXPECT_TRUE(limits[6].limit.ever());
  EXPECT_EQ(limits[6].limit.quiet, hours(12));
}

TEST(YamlPolicyReaderTest, ReadsRulesToTheLetter) {
  const auto policy = Good(absl::StrCat(
      std::string(kHead),
      "  - id: imap\n"
      "    count: attempts\n"
      "    by: [account, source]\n"
      "    from: stranger\n"
      "    to: [stranger, challenged]\n"
      "    when: { path: [imap, pop3], factor: one_time_code, group: staff, popular_password: true }\n"
      "    weights: { popular_password: 3, path: { imap: 2 } }\n"
      "    mode: shadow\n"
      "    limits: [ { above: 5, in: 1h, then: challenge } ]\n"));
  ASSERT_NE(policy, nullptr);
  const Rule& rule = policy->rules()[0];
  EXPECT_EQ(rule.count, CountKind::kAttempts);
  EXPECT_THAT(rule.by, ElementsAre(KeyKind::kAccount, KeyKind::kSource));
  EXPECT_EQ(rule.from, LaneSet{Lane::kStranger});
  EXPECT_THAT(rule.when.paths, ElementsAre("imap", "pop3"));
  EXPECT_THAT(rule.when.factors, ElementsAre(Factor::kOneTimeCode));
  EXPECT_THAT(rule.when.groups, ElementsAre("staff"));
  EXPECT_TRUE(rule.when.popular_password);
  EXPECT_EQ(rule.weights.popular_password, 3);
  EXPECT_EQ(rule.weights.paths.at("imap"), 2);
  EXPECT_EQ(rule.mode, Mode::kShadow);
  EXPECT_EQ(rule.limits[0].to, (LaneSet{Lane::kStranger, Lane::kChallenged}));
}

TEST(YamlPolicyReaderTest, KnowsEveryWordThatTheEngineKnows) {
  for (const CountKind count :
       {CountKind::kAttempts, CountKind::kFailures, CountKind::kSuccesses, CountKind::kDistinctAccounts,
        CountKind::kDistinctPasswordTags, CountKind::kDistinctSources}) {
    const auto policy =
        Good(absl::StrCat(std::string(kHead), "  - id: a\n    count: ", std::string(CountKindName(count)),
                          "\n    by: [network]\n    from: all\n    to: stranger\n"
                          "    limits: [ { above: 5, in: 1h, then: challenge } ]\n"));
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->rules()[0].count, count);
  }
  for (const KeyKind key : {KeyKind::kAccount, KeyKind::kSource, KeyKind::kNetwork, KeyKind::kAsn,
                            KeyKind::kDevice, KeyKind::kTenant}) {
    const auto policy = Good(absl::StrCat(
        std::string(kHead), "  - id: a\n    count: failures\n    by: ", std::string(KeyKindName(key)),
        "\n    from: device\n", "    limits: [ { above: 5, in: 1h, then: challenge } ]\n"));
    ASSERT_NE(policy, nullptr);
    EXPECT_THAT(policy->rules()[0].by, ElementsAre(key));
  }
  for (const Consequence then : {Consequence::kChallenge, Consequence::kThrottle, Consequence::kLockout}) {
    const auto policy = Good(WithLimits(
        absl::StrCat("      - { least_interval: 2s, then: ", std::string(ConsequenceName(then)), " }\n")));
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->rules()[0].limits[0].limit.then, then);
  }
  for (const OnStoreLoss loss :
       {OnStoreLoss::kAllow, OnStoreLoss::kLocal, OnStoreLoss::kChallenge, OnStoreLoss::kRefuse}) {
    const auto policy = Good(absl::StrReplaceAll(
        std::string(kHead) + "\n",
        {{"on_store_loss: refuse", absl::StrCat("on_store_loss: ", std::string(OnStoreLossName(loss)))}}));
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->spec().stranger.on_store_loss, loss);
  }
}

TEST(YamlPolicyReaderTest, MendsEachMistakeOfALimit) {
  const auto bad = [](const std::string& limit) {
    return Bad(WithLimits(absl::StrCat("      - { ", limit, " }\n")));
  };
  EXPECT_EQ(bad("in: 1h, then: challenge"),
            "f:16:9: a limit has no 'above'; say how many are admitted, such as 'above: 5'");
  EXPECT_EQ(bad("above: 5, then: challenge"),
            "f:16:9: a limit has no 'in'; say in which time, such as 'in: 1h', or 'in: ever'");
  EXPECT_EQ(bad("above: 5, in: 1h"), "f:16:9: a limit has no 'then'; one of: challenge, throttle, lockout");
  EXPECT_EQ(bad("above: 5, in: ever, then: lockout"),
            "f:16:25: 'in: ever' has no end; add 'until: success', 'until: operator' or 'quiet: 12h'");
  EXPECT_EQ(bad("above: 5, in: 1h, until: success, then: lockout"),
            "f:16:36: 'until' belongs to 'in: ever'; a window ends by itself: leave 'until' out");
  EXPECT_EQ(bad("above: 5, in: 1h, quiet: 2h, then: challenge"),
            "f:16:36: `quiet` belongs to `in: ever`; write `in: ever`, or remove `quiet`");
  EXPECT_EQ(bad("above: 5, in: ever, quiet: 1h, then: lockout, for: 2h"),
            "f:16:62: with `quiet`, a lockout lasts until it has been quiet for long enough; remove `for`");
  EXPECT_EQ(bad("above: 5, in: 1h, then: challenge, for: 1h"),
            "f:16:51: 'for' belongs to 'then: lockout'; leave it out: the window says how long");
  EXPECT_EQ(bad("above: 5, in: 1h, then: lockout, wait: { first: 1s, max: 2s }"),
            "f:16:50: 'wait' belongs to 'then: throttle'; leave it out, or throttle");
  EXPECT_EQ(bad("above: 5, in: 1h, then: throttle, wait: { first: 1s }"),
            "f:16:51: a growing wait has no 'max'; say where it stops, such as 'max: 1h', or 'factor: 1'");
  EXPECT_EQ(bad("above: 5, in: 1h, then: throttle, wait: { first: 1h, max: 1m }"),
            "f:16:69: 'max' of a wait is shorter than its 'first'; make 'max' at least as long");
  EXPECT_EQ(bad("least_interval: 1s, above: 2, then: challenge"),
            "f:16:38: 'above' beside 'least_interval'; 'least_interval: 2s' is short for 'above: 1, in: 2s': "
            "keep one of the two");
  EXPECT_EQ(
      bad("above: 5, in: 1h, then: lockout, for: 21900d"),
      "f:16:49: 'for' of a limit wants a duration such as 30s, 15m, 1h30m, 24h or 30d (more than nothing, at "
      "most 3650d), not '21900d'");
}

TEST(YamlPolicyReaderTest, JoinsWhatTheEngineFindsAtItsPlace) {
  EXPECT_THAT(Bad(WithLimits("      - { above: 1001, in: 1h, then: challenge }\n")),
              HasSubstr("f:16:18: 1001 is not between 0 and 1000"));
  EXPECT_THAT(Bad(absl::StrReplaceAll(std::string(kHead) + "\n", {{"devices: 3", "devices: 40"}})),
              HasSubstr("f:5:55: 40 is not between"));
}

TEST(YamlPolicyReaderTest, WantsABudgetForEveryLane) {
  EXPECT_EQ(
      Bad("version: 1\nname: x\nbounds: { 24h: 100 }\nlanes:\n  device: { failures: 5, until: success }\n"),
      "f:5:3: 'lanes' has no 'recovered'; every lane wants a budget\n"
      "f:5:3: 'lanes' has no 'familiar'; every lane wants a budget\n"
      "f:5:3: 'lanes' has no 'challenged'; every lane wants a budget\n"
      "f:5:3: 'lanes' has no 'stranger'; every lane wants a budget");
  EXPECT_THAT(Bad(absl::StrReplaceAll(std::string(kHead) + "\n",
                                      {{"{ failures: 20 per 24h, on_store_loss: refuse }", "{}"}})),
              HasSubstr("f:9:15: lane 'stranger' has no 'failures'"));
}

TEST(YamlPolicyReaderTest, SurvivesFilesOfAnotherKind) {
  EXPECT_EQ(Bad("5"), "f:1:1: a policy wants a map of keys and values, not '5'");
  EXPECT_EQ(Bad("[]"), "f:1:1: a policy wants a map of keys and values, not a list");
  EXPECT_THAT(Bad("{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}"),
              HasSubstr("f:1:2: unknown key 'apiVersion' in a policy"));
  std::string many = std::string(kHead);
  for (int i = 0; i < 150; ++i) absl::StrAppend(&many, "  - nonsense\n");
  const PolicyReading reading = YamlPolicyReader().Read(many, 7);
  EXPECT_EQ(reading.problems.size(), Problems::kMax + 1);
  EXPECT_EQ(reading.problems.back().message, "and 50 more");
}

TEST(YamlPolicyReaderTest, RefusesMoreRulesThanItKeeps) {
  std::string text(kHead);
  for (size_t i = 0; i <= kRulesMax; ++i) absl::StrAppend(&text, "  - {}\n");
  EXPECT_THAT(Bad(text), HasSubstr("f:11:3: 201 rules; at most 200"));
}

TEST(YamlPolicyReaderTest, RefusesABrokenPromiseThatIsNotAcceptedAndNamesTheAttack) {
  const std::string locks = absl::StrReplaceAll(
      WithLimits("      - { above: 5, in: 15m, then: lockout, to: all }\n"),
      {{", consecutive: 100", ""}, {"2 per 24h, token", "[2 per 24h, 4 per 30d], token"}});
  const std::string refused = Bad(locks);
  EXPECT_THAT(refused,
              HasSubstr("f:16:9: breaks P1: 5 wrong passwords from anywhere refuse the owner everywhere "
                        "for 15 min"));
  EXPECT_THAT(refused, HasSubstr("`accept_risk: [P1]`"));
  EXPECT_THAT(refused, HasSubstr("breaks P4: "));
  const PolicyReading accepted =
      YamlPolicyReader().Read(absl::StrCat(locks, "accept_risk: [P1, P2, P4]\n"), 7);
  EXPECT_NE(accepted.policy, nullptr) << StatusOf(accepted, "f").message();
  ASSERT_EQ(accepted.warnings.size(), 3U) << "what is given up stays visible, a line a promise";
  EXPECT_THAT(accepted.warnings[0].message, HasSubstr("gives up P1 (non-interference): guesses: 5 wrong"));
  EXPECT_EQ(accepted.warnings[0].at.line, 17);
}

}  // namespace
}  // namespace latchkey
