#include "cli/log_formats/syslog_header.h"

#include <gtest/gtest.h>

#include <string>

namespace latchkey::cli {
namespace {

absl::Time Utc(const std::string& text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
  return time;
}

const absl::TimeZone kUtc = absl::UTCTimeZone();

std::string ReadAt(const std::string& now, const std::string& stamp, absl::TimeZone zone = kUtc) {
  const auto parsed = ParseSyslog(stamp + " host sshd[1]: x", Utc(now), zone);
  return parsed ? absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", parsed->time, kUtc) : "nothing";
}

TEST(SyslogHeaderTest, SplitsProgramAndMessage) {
  const auto parsed =
      ParseSyslog("Nov 21 12:00:01 host sshd[77]: Accepted: it", Utc("2026-11-21T12:00:05Z"), kUtc);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->program, "sshd");
  EXPECT_EQ(parsed->message, "Accepted: it");
}

TEST(SyslogHeaderTest, ReadsBothKindsOfStamps) {
  const std::string now = "2026-11-21T13:00:00Z";
  EXPECT_EQ(ReadAt(now, "Nov 21 12:00:01"), "2026-11-21T12:00:01Z");
  EXPECT_EQ(ReadAt(now, "Nov  1 12:00:01"), "2026-11-01T12:00:01Z");
  EXPECT_EQ(ReadAt(now, "<86>Nov  1 12:00:01"), "2026-11-01T12:00:01Z");
  EXPECT_EQ(ReadAt(now, "2026-11-21T12:00:01Z"), "2026-11-21T12:00:01Z");
  EXPECT_EQ(ReadAt(now, "2026-11-21T12:00:01.123456+01:00"), "2026-11-21T11:00:01Z");
  EXPECT_EQ(ReadAt(now, "2026-11-21T12:00:01+0100"), "2026-11-21T11:00:01Z");
}

TEST(SyslogHeaderTest, TheYearIsTheLatestThatIsNotInTheFuture) {
  EXPECT_EQ(ReadAt("2027-01-02T00:00:00Z", "Dec 31 23:59:59"), "2026-12-31T23:59:59Z");
  EXPECT_EQ(ReadAt("2026-12-31T23:59:00Z", "Jan  1 00:00:01"), "2027-01-01T00:00:01Z");  // its clock is ahead
  EXPECT_EQ(ReadAt("2026-11-21T00:00:00Z", "Nov 23 00:00:00"), "2025-11-23T00:00:00Z");
  EXPECT_EQ(ReadAt("2028-03-01T00:00:00Z", "Feb 29 12:00:00"), "2028-02-29T12:00:00Z");
  EXPECT_EQ(ReadAt("2026-03-01T00:00:00Z", "Feb 29 12:00:00"), "nothing");  // neither year had one
}

TEST(SyslogHeaderTest, AStampWithoutAZoneIsOfTheZoneGiven) {
  EXPECT_EQ(ReadAt("2026-11-21T13:00:00Z", "Nov 21 12:00:01", absl::FixedTimeZone(3600)),
            "2026-11-21T11:00:01Z");
}

TEST(SyslogHeaderTest, WhatHasNoStampIsNothing) {
  for (const char* wrong : {"", "hello", "Nov 41 12:00:01", "Foo 21 12:00:01", "2026-11-21",
                            "2026-13-21T12:00:01Z", "2026-11-21T12:00:01", "<86Nov 21 12:00:01"}) {
    EXPECT_EQ(ReadAt("2026-11-21T13:00:00Z", wrong), "nothing") << wrong;
  }
}

TEST(SyslogHeaderTest, LinesOfNoProgramHaveNone) {
  const auto parsed = ParseSyslog("Nov 21 12:00:01 host -- MARK --", Utc("2026-11-21T12:00:05Z"), kUtc);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->program, "");
}

}  // namespace
}  // namespace latchkey::cli
