// Lines as Dovecot 2.2 to 2.4 write them.
#include "cli/log_formats/dovecot_format.h"

#include <gtest/gtest.h>

namespace latchkey::cli {
namespace {

DovecotFormat Format() { return {absl::FromUnixSeconds(1'795'262'400), absl::UTCTimeZone()}; }

ParsedLine Parse(const std::string& line) { return Format().Parse(line); }

TEST(DovecotFormatTest, ALoginIsComplete) {
  const ParsedLine line = Parse(
      "Nov 21 12:00:01 mail dovecot: imap-login: Login: user=<alice@example.org>, method=PLAIN, "
      "rip=192.0.2.7, lip=10.0.0.1, mpid=1234, TLS, session=<abc>");
  ASSERT_EQ(line.kind, LineKind::kLogin) << line.why;
  EXPECT_EQ(line.event.account(), "alice@example.org");
  EXPECT_EQ(line.event.source(), "192.0.2.7");
  EXPECT_EQ(line.event.path(), "imap");
  EXPECT_EQ(line.event.outcome(), v1::OUTCOME_LOGIN_COMPLETE);
}

TEST(DovecotFormatTest, ItsOwnFileLooksOtherwiseAndReadsTheSame) {
  const ParsedLine line = Parse(
      "Nov 21 12:00:01 pop3-login: Info: Login: user=<bob>, method=PLAIN, rip=2001:db8::1, lip=::1, mpid=1");
  ASSERT_EQ(line.kind, LineKind::kLogin) << line.why;
  EXPECT_EQ(line.event.path(), "pop3");
  EXPECT_EQ(line.event.source(), "2001:db8::1");
}

TEST(DovecotFormatTest, TheAuthProcessTellsWrongPasswordsAndUnknownUsers) {
  for (const char* text : {
           "Nov 21 12:00:01 mail dovecot: auth-worker(99): pam(alice,192.0.2.7,<abc>): pam_authenticate() "
           "failed: Authentication failure (Password mismatch?)",
           "Nov 21 12:00:01 mail dovecot: auth: passwd-file(alice,192.0.2.7,<abc>): Password mismatch",
           "Nov 21 12:00:01 mail dovecot: auth-worker(24): Info: conn unix:auth-worker (pid=23,uid=97): "
           "auth-worker<1>: sql(alice,192.0.2.7,<abc>): Password mismatch",
           "Nov 21 12:00:01 auth: Info: sql(alice,192.0.2.7): Password mismatch (given password: x)",
       }) {
    const ParsedLine line = Parse(text);
    ASSERT_EQ(line.kind, LineKind::kLogin) << text << ": " << line.why;
    EXPECT_EQ(line.event.account(), "alice") << text;
    EXPECT_EQ(line.event.source(), "192.0.2.7") << text;
    EXPECT_EQ(line.event.outcome(), v1::OUTCOME_WRONG) << text;
  }
  EXPECT_EQ(
      Parse("Nov 21 12:00:01 mail dovecot: auth: sql(eve,203.0.113.9,<x>): unknown user").event.outcome(),
      v1::OUTCOME_UNKNOWN_ACCOUNT);
}

TEST(DovecotFormatTest, TheLoginProcessTellsHowManyAttemptsFailed) {
  for (const char* text : {
           "Nov 21 12:00:09 mail dovecot: imap-login: Disconnected (auth failed, 3 attempts in 12 secs): "
           "user=<alice>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.1, TLS, session=<abc>",
           "Nov 21 12:00:09 mail dovecot: imap-login: Disconnected: Connection closed (auth failed, 3 "
           "attempts "
           "in 12 secs): user=<alice>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.1",
           "Nov 21 12:00:09 mail dovecot: imap-login: Login aborted: Connection closed (auth failed, 3 "
           "attempts "
           "in 12 secs) (auth_failed): user=<alice>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.1",
       }) {
    const ParsedLine line = Parse(text);
    ASSERT_EQ(line.kind, LineKind::kLogin) << text << ": " << line.why;
    EXPECT_EQ(line.times, 3) << text;
    EXPECT_EQ(line.event.outcome(), v1::OUTCOME_WRONG) << text;
  }
}

TEST(DovecotFormatTest, WhatBothTellIsCountedOnce) {
  DovecotFormat format = Format();
  const std::string mismatch =
      "Nov 21 12:00:01 mail dovecot: auth: pam(alice,192.0.2.7,<a>): Password mismatch";
  const std::string ended =
      "Nov 21 12:00:09 mail dovecot: imap-login: Disconnected (auth failed, 3 attempts in 12 secs): "
      "user=<alice>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.1";
  EXPECT_EQ(format.Parse(mismatch).kind, LineKind::kLogin);
  EXPECT_EQ(format.Parse(mismatch).kind, LineKind::kLogin);
  EXPECT_EQ(format.Parse(ended).times, 1) << "two of the three were told already";
  EXPECT_EQ(format.Parse(ended).times, 3) << "the next connection is another one";
}

TEST(DovecotFormatTest, ANameCannotPointAtAnotherAddress) {
  const ParsedLine login = Parse(
      "Nov 21 12:00:09 mail dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): "
      "user=<x>, method=PLAIN, rip=198.51.100.1, lip=1>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.1");
  EXPECT_EQ(login.event.source(), "192.0.2.7");
  const ParsedLine auth =
      Parse("Nov 21 12:00:01 mail dovecot: auth: pam(x,198.51.100.1): ,192.0.2.7,<abc>): Password mismatch");
  EXPECT_EQ(auth.event.source(), "192.0.2.7");
}

TEST(DovecotFormatTest, WhatJudgesNoPasswordIsANoticeOrAboutOtherThings) {
  EXPECT_EQ(
      Parse("Nov 21 12:00:09 mail dovecot: imap-login: Disconnected (no auth attempts in 0 secs): user=<>, "
            "rip=192.0.2.7, lip=10.0.0.1")
          .kind,
      LineKind::kNotice);
  EXPECT_EQ(
      Parse("Nov 21 12:00:09 mail dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): "
            "user=<>, method=PLAIN, rip=192.0.2.7, lip=10.0.0.1")
          .kind,
      LineKind::kNotice);
  EXPECT_EQ(Parse("Nov 21 12:00:09 mail dovecot: imap(alice)<7><x>: Logged out in=1 out=2").kind,
            LineKind::kOther);
  EXPECT_EQ(Parse("Nov 21 12:00:09 mail sshd[1]: Failed password for root from 192.0.2.7 port 1 ssh2").kind,
            LineKind::kOther);
}

TEST(DovecotFormatTest, BrokenLinesSayWhatIsWrong) {
  EXPECT_EQ(Parse("imap-login: Login: user=<a>").why, "no time stamp at the beginning");
  EXPECT_EQ(Parse("Nov 21 12:00:09 mail dovecot: imap-login: Login: user=<a>, method=PLAIN").why,
            "no 'user=<NAME>, … rip=ADDRESS' after 'Login:'");
  EXPECT_EQ(
      Parse("Nov 21 12:00:09 mail dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=home, lip=1").why,
      "'home' is not an address");
}

}  // namespace
}  // namespace latchkey::cli
