#include "cli/log_formats/sshd_format.h"

#include <gtest/gtest.h>

#include <string>

namespace latchkey::cli {
namespace {

ParsedLine Line(const std::string& line) {
  return SshdFormat(absl::FromUnixSeconds(1'795'262'400), absl::UTCTimeZone())
      .Parse(line);  // 2026-11-21 12:00
}

ParsedLine Said(const std::string& message) { return Line("Nov 21 11:59:01 shop sshd[4711]: " + message); }

TEST(SshdFormatTest, AWrongPasswordNamesAccountAndSource) {
  const ParsedLine line = Said("Failed password for alice from 192.0.2.7 port 50022 ssh2");
  ASSERT_EQ(line.kind, LineKind::kLogin);
  EXPECT_EQ(line.event.account(), "alice");
  EXPECT_EQ(line.event.source(), "192.0.2.7");
  EXPECT_EQ(line.event.path(), "ssh");
  EXPECT_EQ(line.event.factor(), v1::FACTOR_PASSWORD);
  EXPECT_EQ(line.event.outcome(), v1::OUTCOME_WRONG);
  EXPECT_EQ(line.event.occur_time().seconds(), 1'795'262'341);
  EXPECT_EQ(line.times, 1);
}

TEST(SshdFormatTest, InvalidUsersAreUnknownAccounts) {
  const ParsedLine line = Said("Failed password for invalid user oracle from 2001:db8::7 port 22 ssh2");
  ASSERT_EQ(line.kind, LineKind::kLogin);
  EXPECT_EQ(line.event.account(), "oracle");
  EXPECT_EQ(line.event.source(), "2001:db8::7");
  EXPECT_EQ(line.event.outcome(), v1::OUTCOME_UNKNOWN_ACCOUNT);
}

TEST(SshdFormatTest, AcceptedLoginsAreCompleteAndKeysCannotBeGuessed) {
  const ParsedLine password = Said("Accepted password for bob from 192.0.2.9 port 50022 ssh2");
  EXPECT_EQ(password.event.outcome(), v1::OUTCOME_LOGIN_COMPLETE);
  EXPECT_EQ(password.event.factor(), v1::FACTOR_PASSWORD);
  const ParsedLine key =
      Said("Accepted publickey for bob from 192.0.2.9 port 50022 ssh2: ED25519 SHA256:abc");
  EXPECT_EQ(key.event.outcome(), v1::OUTCOME_LOGIN_COMPLETE);
  EXPECT_EQ(key.event.factor(), v1::FACTOR_CERTIFICATE);
  EXPECT_EQ(Said("Accepted keyboard-interactive/pam for bob from 192.0.2.9 port 1 ssh2").event.factor(),
            v1::FACTOR_PASSWORD);
  EXPECT_EQ(Said("Partial password for bob from 192.0.2.9 port 1 ssh2").event.outcome(), v1::OUTCOME_RIGHT);
}

TEST(SshdFormatTest, FoldedRepetitionsCountEach) {
  const ParsedLine line =
      Said("message repeated 5 times: [ Failed password for root from 192.0.2.7 port 50022 ssh2]");
  ASSERT_EQ(line.kind, LineKind::kLogin);
  EXPECT_EQ(line.event.account(), "root");
  EXPECT_EQ(line.times, 5);
  EXPECT_EQ(Said("message repeated 2 times: [ Server listening on :: port 22.]").kind, LineKind::kOther);
}

TEST(SshdFormatTest, WhatWasNoVerdictOnAPasswordIsANotice) {
  for (const char* message :
       {"Connection closed by authenticating user alice 192.0.2.7 port 1 [preauth]",
        "error: maximum authentication attempts exceeded for root from 192.0.2.7 port 1 ssh2 [preauth]",
        "Invalid user x from 192.0.2.7 port 1",
        "Failed publickey for bob from 192.0.2.7 port 1 ssh2: RSA SHA256:x",
        "Failed none for invalid user x from 192.0.2.7 port 1 ssh2"}) {
    EXPECT_EQ(Said(message).kind, LineKind::kNotice) << message;
  }
}

TEST(SshdFormatTest, PamAndOtherProgramsAreLeftOut) {
  EXPECT_EQ(Said("pam_unix(sshd:auth): authentication failure; logname= rhost=192.0.2.7  user=root").kind,
            LineKind::kOther);
  EXPECT_EQ(Line("Nov 21 11:59:01 shop sudo: Failed password for root from 192.0.2.7 port 1 ssh2").kind,
            LineKind::kOther);
  EXPECT_EQ(Line("").kind, LineKind::kOther);
  EXPECT_EQ(
      Line("Nov 21 11:59:01 shop sshd-session[9]: Failed password for a from 192.0.2.7 port 1 ssh2").kind,
      LineKind::kLogin);
}

// A name is chosen by whoever tries it: fail2ban's filters fell for such names more than once.
TEST(SshdFormatTest, ANameCannotPointAtAnotherAddress) {
  const ParsedLine line =
      Said("Failed password for invalid user x from 10.9.9.9 port 22 ssh2 from 192.0.2.66 port 50022 ssh2");
  ASSERT_EQ(line.kind, LineKind::kLogin);
  EXPECT_EQ(line.event.source(), "192.0.2.66");
  EXPECT_EQ(line.event.account(), "x from 10.9.9.9 port 22 ssh2");
}

TEST(SshdFormatTest, BrokenLinesSayWhatIsWrong) {
  EXPECT_EQ(Line("no stamp at all").why, "no time stamp of syslog at the beginning");
  EXPECT_EQ(Said("Failed password for alice from 192.0.2.7 po").why,
            "no 'from ADDRESS port NUMBER ssh2' at the end");
  EXPECT_EQ(Said("Failed password for alice from UNKNOWN port 65535 ssh2").why,
            "'UNKNOWN' is not an address");
  EXPECT_EQ(Said("Failed password for  from 192.0.2.7 port 1 ssh2").why, "the account is empty");
  EXPECT_EQ(Said("Failed password for \xff from 192.0.2.7 port 1 ssh2").why, "the account is not UTF-8");
  EXPECT_EQ(Said("Failed password for " + std::string(257, 'a') + " from 192.0.2.7 port 1 ssh2").why,
            "the account is longer than 256 bytes");
  EXPECT_EQ(Said("message repeated many times: [ x]").kind, LineKind::kBroken);
  EXPECT_EQ(
      Said("message repeated 999999999 times: [ Failed password for a from 192.0.2.7 port 1 ssh2]").kind,
      LineKind::kBroken);
  EXPECT_EQ(Line(std::string("Nov 21 11:59:01 shop sshd[1]: \0", 31)).kind, LineKind::kBroken);
}

TEST(SshdFormatTest, NoCutOfALineIsReadAsAnotherLogin) {
  const std::string whole =
      "Nov 21 11:59:01 shop sshd[1]: Failed password for alice from 192.0.2.77 port 50022 ssh2";
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(Line(whole.substr(0, length)).kind, LineKind::kLogin) << whole.substr(0, length);
  }
  EXPECT_EQ(Line(whole).kind, LineKind::kLogin);
}

}  // namespace
}  // namespace latchkey::cli
