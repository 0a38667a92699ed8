#include "adapters/redis/resp.h"

#include <gtest/gtest.h>

#include <string>

namespace latchkey {
namespace {

TEST(RespTest, FormatsArgumentsOfAnyBytes) {
  const std::string expected("*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$0\r\n\r\n", 28);
  EXPECT_EQ(CommandText({"SET", std::string("a\0b", 3), ""}).bytes(), expected);
  EXPECT_EQ(CommandText(3, FormatWords({"SET"}), FormatWords({std::string("a\0b", 3), ""})).bytes(),
            expected);
}

TEST(RespTest, PutsACommandTogetherOfWhatWasFormattedAndWhatWasNot) {
  const std::vector<std::string> words = {"EVALSHA", "abc", "2", "key", "", std::string("a\0b", 3)};
  const Words keys = {"key", ""};
  const CommandText command(6, FormatWords({"EVALSHA", "abc"}), {"2"}, keys, {std::string_view("a\0b", 3)});
  EXPECT_EQ(command.bytes(), CommandText(words).bytes());
  EXPECT_EQ(CommandText::Both({"ASKING"}, command).bytes(),
            std::string(CommandText({"ASKING"}).bytes()) + std::string(command.bytes()));
}

TEST(RespTest, ReadsRepliesHoweverTheyAreCut) {
  const std::string stream = "+OK\r\n:-7\r\n$-1\r\n*2\r\n$3\r\na\r\n\r\n*1\r\n:1\r\n-ERR no\r\n";
  ReplyReader reader;
  std::vector<Reply> replies;
  for (char byte : stream) {
    reader.Feed({&byte, 1});
    auto next = reader.Next();
    ASSERT_TRUE(next.ok()) << next.status();
    if (next->has_value()) replies.push_back(**next);
  }
  ASSERT_EQ(replies.size(), 5U);
  EXPECT_EQ(replies[0].kind, Reply::Kind::kSimple);
  EXPECT_EQ(replies[0].text, "OK");
  EXPECT_EQ(replies[1].integer, -7);
  EXPECT_EQ(replies[2].kind, Reply::Kind::kNil);
  ASSERT_EQ(replies[3].elements.size(), 2U);
  EXPECT_EQ(replies[3].elements[0].text, "a\r\n");
  EXPECT_EQ(replies[3].elements[1].elements[0].integer, 1);
  EXPECT_TRUE(replies[4].IsError("ERR"));
}

TEST(RespTest, RefusesWhatIsNotTheProtocolForGood) {
  ReplyReader reader;
  reader.Feed("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kInternal);
  reader.Feed("+OK\r\n");
  EXPECT_FALSE(reader.Next().ok());
}

TEST(RespTest, TellsErrorsThatTimeMayHealFromOthers) {
  const auto code = [](const char* text) {
    return ErrorReplyStatus({.kind = Reply::Kind::kError, .integer = 0, .text = text, .elements = {}}).code();
  };
  EXPECT_EQ(code("LOADING Redis is loading"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("READONLY You can't write against a read only replica."), absl::StatusCode::kUnavailable);
  EXPECT_EQ(code("NOPERM no"), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(code("OOM command not allowed"), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code("LOADINGS"), absl::StatusCode::kInternal);
  EXPECT_EQ(code("ERR wrong number of arguments"), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace latchkey
