#include "adapters/messages/notice_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace latchkey {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint kNow{std::chrono::milliseconds(1'796'000'581'123)};  // 2026-11-29T…
const NamedAccount kAlice{Key{1, 2}, "alice@shop.example"};
constexpr char kRisk[] = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change";

DeliveryTarget Hook(bool show_names = false) {
  return {.name = "hook", .url = "https://hook", .show_names = show_names};
}
DeliveryTarget Receiver(SubjectForm subject = SubjectForm::kIssuerSubject) {
  return {.name = "idp",
          .format = MessageFormat::kSecurityEvent,
          .show_names = true,
          .issuer = "https://me.example",
          .audience = "https://idp.example",
          .subject = subject};
}

Notice StandingNotice(StandingState state, std::optional<StandingState> previous = StandingState::kGood) {
  const Standing standing{.account_key = kAlice.key,
                          .tenant = "default",
                          .account = kAlice.name,
                          .state = state,
                          .start = kNow,
                          .end = kNow + minutes(15),
                          .reason = "25 failures by account (stranger-guesses)"};
  return NoticeOf(standing, previous, kNow);
}

json Body(const DeliveryTarget& target, const Notice& notice,
          TextsMayHold texts = TextsMayHold::kPseudonyms) {
  return json::parse(WebhookBody(target, notice, "prod", texts));
}

TEST(WebhookBodyTest, TellsAStandingWithWhatToKeep) {
  const json body = Body(Hook(), StandingNotice(StandingState::kUnderAttack));
  EXPECT_EQ(body["type"], "standing.changed");
  EXPECT_EQ(body["timestamp"], "2026-11-30T01:03:01.123Z");
  const json& data = body["data"];
  EXPECT_EQ(data["state"], "under_attack");
  EXPECT_EQ(data["previous_state"], "good");
  EXPECT_EQ(data["keep_commitments"], true);
  EXPECT_EQ(data["environment"], "prod");
  EXPECT_EQ(data["account_key"], kAlice.key.Hex());
  EXPECT_EQ(data["ends_by"], "2026-11-30T01:18:01.123Z");
  EXPECT_EQ(Body(Hook(), StandingNotice(StandingState::kCompromised))["data"]["keep_commitments"], false);
}

TEST(WebhookBodyTest, ShowsNamesOnlyToTargetsThatAreToSeeThem) {
  const Notice notice = StandingNotice(StandingState::kUnderAttack);
  EXPECT_EQ(WebhookBody(Hook(), notice, "prod", TextsMayHold::kPseudonyms).find("alice"), std::string::npos);
  EXPECT_EQ(Body(Hook(/*show_names=*/true), notice)["data"]["account"], "alice@shop.example");
}

TEST(WebhookBodyTest, LeavesOutSentencesThatMayHoldNames) {
  const Notice notice = StandingNotice(StandingState::kUnderAttack);
  EXPECT_TRUE(Body(Hook(), notice)["data"].contains("reason"));
  EXPECT_FALSE(Body(Hook(), notice, TextsMayHold::kNames)["data"].contains("reason"));
  EXPECT_TRUE(Body(Hook(true), notice, TextsMayHold::kNames)["data"].contains("reason"));
}

TEST(WebhookBodyTest, KeepsTwoAccountsApartWhoseNamesAreNoText) {
  Notice notice = StandingNotice(StandingState::kGood);
  notice.account.name = "a\xFF";
  const json data = Body(Hook(true), notice)["data"];
  EXPECT_EQ(data["account_base64"], "Yf8=");
  EXPECT_FALSE(data.contains("account"));
}

TEST(WebhookBodyTest, TellsAnIncidentWithItsEvidence) {
  Notice notice{.kind = NoticeKind::kIncident, .id = "incident-1-3", .order_key = "1", .at = kNow};
  notice.incident = {.incident_id = "1", .state = "open", .is_new = true};
  notice.incident.finding.kind = AttackKind::kLockoutSabotage;
  notice.incident.finding.text = "143 failures on alice";
  notice.incident.finding.failures = 143;
  notice.incident.finding.decisions = {.allow = 143, .throttle = 20, .challenge = 9, .lockout = 1};
  notice.incident.finding.victims = {kAlice};
  notice.incident.finding.sources = {{Key{3, 4}, "192.0.2.7"}};
  notice.incident.finding.suspects = {{.account = {Key{5, 6}, "mallory"},
                                       .confidence = 0.9,
                                       .text = "logged in from there",
                                       .evidence = {{"same source", 1, 2.5, "4 min ago"}}}};
  const json shown = Body(Hook(true), notice);
  EXPECT_EQ(shown["type"], "incident.opened");
  EXPECT_EQ(shown["data"]["attack"]["id"], "lockout-sabotage");
  EXPECT_EQ(shown["data"]["counts"]["failures"], 143);
  EXPECT_EQ(shown["data"]["decisions"],
            (json{{"allow", 143}, {"throttle", 20}, {"challenge", 9}, {"lockout", 1}}));
  EXPECT_EQ(shown["data"]["suspects"][0]["account"], "mallory");
  EXPECT_EQ(shown["data"]["suspects"][0]["evidence"][0]["weight"], 2.5);
  const std::string hidden = WebhookBody(Hook(), notice, "prod", TextsMayHold::kNames);
  for (const char* name : {"alice", "mallory", "192.0.2.7"})
    EXPECT_EQ(hidden.find(name), std::string::npos) << name;
  notice.incident.is_new = false;
  EXPECT_EQ(Body(Hook(), notice)["type"], "incident.changed");
  notice.incident.is_over = true;
  EXPECT_EQ(Body(Hook(), notice)["type"], "incident.closed");
}

TEST(WebhookBodyTest, AnOwnersNoticeHoldsNothingThatAnAttackerSent) {
  const json data = Body(Hook(true), OwnerNoticeOf("default", kAlice, hours(24), kNow))["data"];
  std::set<std::string> members;
  for (const auto& [name, value] : data.items()) members.insert(name);
  EXPECT_EQ(members, (std::set<std::string>{"environment", "tenant", "account_key", "account", "order_key",
                                            "reason", "text"}));
  EXPECT_EQ(data["text"].get<std::string>().find("alice"), std::string::npos);
}

TEST(OwnerNoticeTest, IsOneAnAccountAndDay) {
  const auto id = [](const NamedAccount& account, TimePoint at) {
    return OwnerNoticeOf("default", account, hours(24), at).id;
  };
  const TimePoint midnight = std::chrono::floor<std::chrono::days>(kNow);
  EXPECT_EQ(id(kAlice, midnight), id(kAlice, midnight + hours(24) - Duration(1)));
  EXPECT_NE(id(kAlice, midnight), id(kAlice, midnight + hours(24)));
  EXPECT_NE(id(kAlice, midnight), id({Key{9, 9}, "bob"}, midnight));
}

TEST(SecurityEventTest, IsARiskLevelChangeOfCaep) {
  const auto claims =
      SecurityEventClaims(Receiver(), StandingNotice(StandingState::kUnderAttack), TextsMayHold::kPseudonyms);
  ASSERT_TRUE(claims);
  const json set = json::parse(*claims);
  EXPECT_EQ(set["iss"], "https://me.example");
  EXPECT_EQ(set["aud"], "https://idp.example");
  EXPECT_EQ(set["iat"], kNow.time_since_epoch().count() / 1000);
  EXPECT_FALSE(set["jti"].get<std::string>().empty());
  EXPECT_FALSE(set.contains("exp")) << "SSF forbids it";
  EXPECT_FALSE(set.contains("sub")) << "SSF forbids it";
  EXPECT_EQ(set["sub_id"],
            (json{{"format", "iss_sub"}, {"iss", "https://me.example"}, {"sub", kAlice.name}}));
  ASSERT_EQ(set["events"].size(), 1U);
  const json& event = set["events"][kRisk];
  EXPECT_EQ(event["principal"], "USER");
  EXPECT_EQ(event["current_level"], "MEDIUM");
  EXPECT_EQ(event["previous_level"], "LOW");
  EXPECT_EQ(event["initiating_entity"], "policy");
  EXPECT_EQ(event["risk_reason"], "ACCOUNT_UNDER_ATTACK");
  EXPECT_EQ(event["latchkey_keep_commitments"], true);
  EXPECT_TRUE(event["event_timestamp"].is_number_integer());
}

TEST(SecurityEventTest, NamesTheAccountAsTheReceiverWantsIt) {
  const Notice notice = StandingNotice(StandingState::kCompromised);
  const auto subject = [&](const DeliveryTarget& target) {
    return json::parse(*SecurityEventClaims(target, notice, TextsMayHold::kPseudonyms))["sub_id"];
  };
  EXPECT_EQ(subject(Receiver(SubjectForm::kEmail)), (json{{"format", "email"}, {"email", kAlice.name}}));
  const json opaque = {{"format", "opaque"}, {"id", kAlice.key.Hex()}};
  EXPECT_EQ(subject(Receiver(SubjectForm::kOpaque)), opaque);
  DeliveryTarget blind = Receiver(SubjectForm::kEmail);
  blind.show_names = false;
  EXPECT_EQ(subject(blind), opaque);
}

TEST(SecurityEventTest, StrangersFailuresNeverMakeAHighRiskAndPeoplesWordDoes) {
  for (const StandingState state : {StandingState::kGood, StandingState::kSuspected,
                                    StandingState::kUnderAttack, StandingState::kCompromised}) {
    const auto claims = SecurityEventClaims(Receiver(), StandingNotice(state, std::nullopt), {});
    const std::string level = json::parse(*claims)["events"][kRisk]["current_level"];
    EXPECT_EQ(level == "HIGH", state == StandingState::kCompromised);
  }
}

TEST(SecurityEventTest, SaysNothingWhenTheLevelStays) {
  EXPECT_FALSE(SecurityEventClaims(
      Receiver(), StandingNotice(StandingState::kUnderAttack, StandingState::kSuspected), {}));
  EXPECT_TRUE(SecurityEventClaims(
      Receiver(), StandingNotice(StandingState::kCompromised, StandingState::kUnderAttack), {}));
}

// A receiver of account-disabled locks the victim out everywhere: the attacker's aim.
TEST(SecurityEventTest, NeverDisablesAnAccountNorRevokesASession) {
  for (const NoticeKind kind : kAllNoticeKinds) {
    for (int state = 0; state < 4; ++state) {
      for (int previous = 0; previous < 4; ++previous) {
        Notice notice =
            StandingNotice(static_cast<StandingState>(state), static_cast<StandingState>(previous));
        notice.kind = kind;
        const auto claims = SecurityEventClaims(Receiver(), notice, TextsMayHold::kPseudonyms);
        if (!claims) continue;
        const json events = json::parse(*claims)["events"];
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events.begin().key(),
                  kind == NoticeKind::kTest
                      ? "https://schemas.openid.net/secevent/ssf/event-type/verification"
                      : kRisk);
      }
    }
  }
}

}  // namespace
}  // namespace latchkey
