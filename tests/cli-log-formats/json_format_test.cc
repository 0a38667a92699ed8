#include "cli/log_formats/json_format.h"

#include <gtest/gtest.h>

#include <string>

namespace latchkey::cli {
namespace {

TEST(JsonFormatTest, ReadsTheFieldsOfALoginEvent) {
  const ParsedLine line = JsonFormat().Parse(
      R"({"account": "alice", "source": "192.0.2.7", "outcome": "login-complete", "tenant": "shop", "path": "imap",)"
      R"( "factor": "FACTOR_PASSKEY", "occur_time": "2026-11-21T12:00:00Z"})");
  ASSERT_EQ(line.kind, LineKind::kLogin) << line.why;
  EXPECT_EQ(line.event.account(), "alice");
  EXPECT_EQ(line.event.tenant(), "shop");
  EXPECT_EQ(line.event.path(), "imap");
  EXPECT_EQ(line.event.outcome(), v1::OUTCOME_LOGIN_COMPLETE);
  EXPECT_EQ(line.event.factor(), v1::FACTOR_PASSKEY);
  EXPECT_EQ(line.event.occur_time().seconds(), 1'795'262'400);
  EXPECT_EQ(JsonFormat().Parse("  ").kind, LineKind::kOther);
}

std::string Why(const std::string& changed) {
  return JsonFormat()
      .Parse(R"({"account": "alice", "source": "192.0.2.7", "outcome": "wrong")" + changed + "}")
      .why;
}

TEST(JsonFormatTest, MistakesAreSaidAndNeverBecomeDefaults) {
  EXPECT_EQ(Why(""), "");
  EXPECT_EQ(Why(R"(, "acount": "x")"), "unknown key 'acount'");
  EXPECT_EQ(Why(R"(, "tenant": 7)"), "'tenant' is not a string");
  EXPECT_EQ(Why(R"(, "outcome": "maybe")"), "unknown outcome 'maybe'");
  EXPECT_EQ(Why(R"(, "source": "home")"), "'home' is not an address");
  EXPECT_EQ(Why(R"(, "occur_time": "yesterday")"), "occur_time is not a time such as 2026-11-21T12:00:01Z");
  EXPECT_EQ(JsonFormat().Parse(R"(["account"])").why, "not a JSON object");
  EXPECT_EQ(JsonFormat().Parse(R"({"account": "alice")").why, "not a JSON object");
  EXPECT_EQ(JsonFormat().Parse(R"({"account": "alice", "source": "192.0.2.7"})").why, "no outcome");
  EXPECT_EQ(JsonFormat().Parse(std::string(4000, '[')).why, "not a JSON object");
}

}  // namespace
}  // namespace latchkey::cli
