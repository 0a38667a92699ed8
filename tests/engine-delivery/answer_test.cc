#include "engine/delivery/answer.h"

#include <gtest/gtest.h>

namespace latchkey {
namespace {

using Meaning = Answer::Meaning;
using std::chrono::seconds;

constexpr TimePoint kNow{std::chrono::milliseconds(1'445'412'420'000)};  // 21 Oct 2015 07:27:00

Answer Webhook(int status, std::string_view retry_after = "") {
  return ReadAnswer(MessageFormat::kWebhook, status, retry_after, "", kNow);
}

Answer Push(int status, std::string_view error = "") {
  return ReadAnswer(MessageFormat::kSecurityEvent, status, "", error, kNow);
}

TEST(AnswerTest, AnyYesDeliversAWebhook) {
  for (const int status : {200, 201, 202, 204, 299}) EXPECT_EQ(Webhook(status).meaning, Meaning::kDelivered);
}

TEST(AnswerTest, OnlyAcceptedDeliversASecurityEvent) {
  EXPECT_EQ(Push(202).meaning, Meaning::kDelivered);
  for (const int status : {200, 201, 204}) EXPECT_EQ(Push(status).meaning, Meaning::kAgain) << status;
}

TEST(AnswerTest, GoneIsGone) {
  EXPECT_EQ(Webhook(410).meaning, Meaning::kGone);
  EXPECT_EQ(Push(410).meaning, Meaning::kGone);
}

TEST(AnswerTest, ARedirectIsNotFollowed) {
  for (const int status : {301, 302, 307, 308}) {
    EXPECT_EQ(Webhook(status).meaning, Meaning::kAgain) << status;
    EXPECT_FALSE(Webhook(status).reached) << status;
  }
}

TEST(AnswerTest, WhatIsWrongWithTheMessageIsNotSaidAgainAndWhatMayBeMendedIs) {
  for (const int status : {400, 405, 413, 415, 422}) EXPECT_EQ(Webhook(status).meaning, Meaning::kRejected);
  for (const int status : {401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 599, 199})
    EXPECT_EQ(Webhook(status).meaning, Meaning::kAgain) << status;
}

TEST(AnswerTest, ATargetThatSpeaksIsThere) {
  EXPECT_TRUE(Webhook(404).reached);
  EXPECT_TRUE(Webhook(400).reached);
  for (const int status : {408, 429, 500, 503}) EXPECT_FALSE(Webhook(status).reached) << status;
}

TEST(AnswerTest, APushErrorTellsWhatIsToBeMended) {
  EXPECT_EQ(Push(400, "invalid_request").meaning, Meaning::kRejected);
  EXPECT_EQ(Push(400, "invalid_key").meaning, Meaning::kAgain);
  EXPECT_EQ(Push(400, "authentication_failed").why, "HTTP 400 authentication_failed");
  EXPECT_EQ(Push(400, "<script>").why, "HTTP 400");
  EXPECT_EQ(Push(400, "<script>").meaning, Meaning::kRejected);
}

TEST(AnswerTest, RetryAfterIsSecondsOrADateToCome) {
  EXPECT_EQ(*Webhook(503, "120").retry_after, seconds(120));
  EXPECT_EQ(*Webhook(429, "Wed, 21 Oct 2015 07:28:00 GMT").retry_after, seconds(60));
  EXPECT_EQ(Webhook(503, "Wed, 21 Oct 2015 07:26:00 GMT").retry_after, std::nullopt);
  for (const char* text : {"", "-1", "soon", "1.5", "infinite-past", "infinite-future"})
    EXPECT_EQ(Webhook(503, text).retry_after, std::nullopt);
  EXPECT_LE(*ParseRetryAfter("9223372036854775807", kNow), std::chrono::hours(24 * 366));
}

}  // namespace
}  // namespace latchkey
