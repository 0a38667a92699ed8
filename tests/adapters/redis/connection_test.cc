#include "adapters/redis/connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/adapters/redis/test_connection.h"
#include "tests/support/redis_server.h"

namespace latchkey {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(ConnectionTest, AnswersInTheOrderOfSendingFromFewWrites) {
  RedisServer server{RedisServer::Unlimited()};
  Inbox<int64_t> inbox;
  TestConnection client(server.url());
  ASSERT_TRUE(client.AwaitUp(true));
  const uint64_t writes = client.connection().counts().writes;
  client.loop().RunAndWait([&] {
    for (int i = 0; i < 1000; ++i) {
      client.connection().Send({"INCR", "n"},
                               [&](absl::StatusOr<Reply> reply) { inbox.Put(reply->integer); });
    }
  });
  const std::vector<int64_t> answers = inbox.Await(1000);
  ASSERT_EQ(answers.size(), 1000U);
  for (size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], static_cast<int64_t>(i) + 1);
  // All of one turn in one write; the system may take a long one in pieces.
  EXPECT_LE(client.connection().counts().writes - writes, 4U);
}

TEST(ConnectionTest, TakesCommandsFromManyThreads) {
  RedisServer server{RedisServer::Unlimited()};
  TestConnection client(server.url());
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int who = 0; who < 4; ++who) {
    callers.emplace_back([&, who] {
      for (int i = 0; i < 200; ++i) {
        const std::string text = std::to_string(who) + "/" + std::to_string(i);
        const absl::StatusOr<Reply> reply = client.Ask({"ECHO", text});
        if (!reply.ok() || reply->text != text) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ConnectionTest, CarriesLargeValuesOfAnyBytes) {
  RedisServer server{RedisServer::Unlimited()};
  TestConnection client(server.url());
  std::string value(3'000'000, '\0');
  for (size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 7);
  ASSERT_TRUE(client.Ask({"SET", "k", value}).ok());
  EXPECT_EQ(client.Ask({"GET", "k"})->text, value);
}

TEST(ConnectionTest, GivesUpOnAFrozenServerInTimeAndStillMatchesItsLateReplies) {
  RedisServer server{RedisServer::Unlimited()};
  TestConnection client(server.url());
  ASSERT_EQ(client.Ask({"SET", "k", "before"})->text, "OK");
  server.Freeze();
  const auto start = steady_clock::now();
  EXPECT_EQ(client.Ask({"GETSET", "k", "late"}, Duration(20)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(steady_clock::now() - start, milliseconds(20));
  server.Thaw();
  EXPECT_EQ(client.Ask({"GET", "k"})->text, "late");  // Not "before": that was the late command's reply.
  EXPECT_EQ(client.connection().counts().timeouts, 1U);
  EXPECT_EQ(client.connection().counts().connects, 1U);
}

TEST(ConnectionTest, IsRemadeWhenTooManyRepliesAreLate) {
  RedisServer server{RedisServer::Unlimited()};
  ConnectionOptions options = TestConnection::Patient();
  options.late_max = 3;
  TestConnection client(server.url(), options);
  ASSERT_TRUE(client.AwaitUp(true));
  server.Freeze();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(client.Ask({"PING"}, Duration(10)).status().code(), absl::StatusCode::kDeadlineExceeded);
  }
  EXPECT_TRUE(client.AwaitUp(false));
  server.Thaw();
  EXPECT_TRUE(client.AwaitUp(true));
  EXPECT_EQ(client.Ask({"PING"})->text, "PONG");
}

TEST(ConnectionTest, NoticesASilentServerWithoutBeingUsed) {
  RedisServer server{RedisServer::Unlimited()};
  ConnectionOptions options = TestConnection::Patient();
  options.silence_max = Duration(200);
  TestConnection client(server.url(), options);
  ASSERT_TRUE(client.AwaitUp(true));
  std::this_thread::sleep_for(milliseconds(700));
  EXPECT_EQ(client.connection().counts().connects, 1U) << "an idle server that answers is not remade";
  server.Freeze();
  EXPECT_TRUE(client.AwaitUp(false));
  EXPECT_NE(client.State(2).why.message().find("silent"), absl::string_view::npos) << client.State(2).why;
  server.Thaw();
  EXPECT_TRUE(client.AwaitUp(true));
}

TEST(ConnectionTest, FailsWhatWasUnderWayWhenTheServerDiesAndComesBackByItself) {
  RedisServer server{RedisServer::Unlimited()};
  Inbox<absl::StatusOr<Reply>> inbox;
  TestConnection client(server.url());
  ASSERT_TRUE(client.AwaitUp(true));
  server.Freeze();
  client.connection().Send({"INCR", "n"}, [&](absl::StatusOr<Reply> reply) { inbox.Put(std::move(reply)); });
  client.loop().RunAndWait([] {});  // It is written by now.
  server.Stop();
  const auto lost = inbox.Await(1);
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(lost[0].status().message().find("unknown"), absl::string_view::npos) << lost[0].status();

  ASSERT_TRUE(client.AwaitUp(false));
  const absl::Status down = client.Ask({"PING"}).status();
  EXPECT_EQ(down.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(down.message().find("not sent"), absl::string_view::npos) << down;

  server.Restart();
  ASSERT_TRUE(client.AwaitUp(true));
  EXPECT_EQ(client.Ask({"INCR", "n"})->integer, 1);
  EXPECT_EQ(client.connection().counts().connects, 2U);
}

TEST(ConnectionTest, SaysWhyAnAbsentServerCannotBeAskedAndFindsItWhenItComes) {
  RedisServer server{RedisServer::Unlimited()};
  server.Stop();
  TestConnection client(server.url());
  const ConnectionState state = client.State(1);
  EXPECT_FALSE(state.up);
  const std::string why(state.why.message());
  EXPECT_NE(why.find("Connection refused"), std::string::npos) << why;
  EXPECT_NE(why.find("127.0.0.1:" + std::to_string(server.port())), std::string::npos) << why;
  server.Restart();
  EXPECT_TRUE(client.AwaitUp(true));
}

TEST(ConnectionTest, HoldsOnlySoManyCommands) {
  RedisServer server{RedisServer::Unlimited()};
  Inbox<absl::StatusCode> inbox;
  ConnectionOptions options = TestConnection::Patient();
  options.open_max = 10;
  TestConnection client(server.url(), options);
  ASSERT_TRUE(client.Ask({"PING"}).ok());
  server.Freeze();
  for (int i = 0; i < 15; ++i) {
    client.connection().Send({"PING"},
                             [&](absl::StatusOr<Reply> reply) { inbox.Put(reply.status().code()); });
  }
  const std::vector<absl::StatusCode> early = inbox.Await(5);
  EXPECT_EQ(early, std::vector<absl::StatusCode>(5, absl::StatusCode::kResourceExhausted));
  server.Thaw();
  const std::vector<absl::StatusCode> all = inbox.Await(15);
  EXPECT_EQ(std::count(all.begin(), all.end(), absl::StatusCode::kOk), 10);
}

TEST(ConnectionTest, CommandsWaitForAConnectionThatIsBeingMade) {
  RedisServer server{RedisServer::Unlimited()};
  TestConnection client(server.url());  // Not up yet, in all likelihood.
  EXPECT_EQ(client.Ask({"PING"})->text, "PONG");
}

TEST(ConnectionTest, GreetsWithPasswordDatabaseAndName) {
  RedisServer server({.arguments = {"--requirepass", "hush"}, .password = "hush"});
  const std::string address = "@127.0.0.1:" + std::to_string(server.port());
  TestConnection client("redis://:hush" + address + "/5");
  ASSERT_TRUE(client.Ask({"SET", "k", "v"}).ok());
  EXPECT_NE(server.Command({"INFO", "keyspace"}).find("db5:keys=1"), std::string::npos);
  EXPECT_NE(server.Command({"CLIENT", "LIST"}).find("name=latchkey"), std::string::npos);

  server.Command({"ACL", "SETUSER", "guard", "on", ">other", "~*", "+@all", "-client"});
  TestConnection guard("redis://guard:other" + address);
  EXPECT_EQ(guard.Ask({"ACL", "WHOAMI"})->text, "guard") << "a name that the ACL forbids is done without";
}

TEST(ConnectionTest, SaysThatThePasswordIsWrongWithoutSayingIt) {
  RedisServer server({.arguments = {"--requirepass", "hush"}, .password = "hush"});
  TestConnection client("redis://:guess@127.0.0.1:" + std::to_string(server.port()));
  const ConnectionState state = client.State(1);
  EXPECT_FALSE(state.up);
  EXPECT_EQ(state.why.code(), absl::StatusCode::kPermissionDenied) << state.why;
  EXPECT_EQ(state.why.message().find("guess"), absl::string_view::npos) << state.why;
  TestConnection without(server.url());
  EXPECT_EQ(without.State(1).why.code(), absl::StatusCode::kPermissionDenied) << without.State(1).why;
}

TEST(ConnectionTest, SpeaksOverASocketFile) {
  RedisServer server{RedisServer::Unlimited()};
  TestConnection client("unix://" + server.socket_path());
  EXPECT_EQ(client.Ask({"PING"})->text, "PONG");
}

TEST(ConnectionTest, FindsAHostByItsNameAtWhicheverAddressAnswers) {
  RedisServer server{RedisServer::Unlimited()};  // On 127.0.0.1 only; localhost may also be ::1.
  TestConnection client("redis://localhost:" + std::to_string(server.port()));
  EXPECT_EQ(client.Ask({"PING"})->text, "PONG");
  TestConnection nowhere("redis://no-such-host.invalid");
  EXPECT_NE(nowhere.State(1).why.message().find("no-such-host.invalid"), absl::string_view::npos);
}

TEST(ConnectionTest, CancelsWhatIsUnansweredWhenItEnds) {
  RedisServer server{RedisServer::Unlimited()};
  Inbox<absl::StatusCode> inbox;
  {
    TestConnection client(server.url());
    ASSERT_TRUE(client.AwaitUp(true));
    server.Freeze();
    for (int i = 0; i < 3; ++i) {
      client.connection().Send({"PING"}, [&](absl::StatusOr<Reply> r) { inbox.Put(r.status().code()); });
    }
  }
  EXPECT_EQ(inbox.Await(3), std::vector<absl::StatusCode>(3, absl::StatusCode::kCancelled));
  server.Thaw();
}

TEST(ConnectionTest, AServerThatDoesNotAnswerIsNotWaitedForAgainAndAgain) {
  RedisServer server;
  TestConnection client(server.url());
  ASSERT_TRUE(client.AwaitUp(true));
  server.Freeze();
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(absl::IsDeadlineExceeded(client.Ask({"PING"}, milliseconds(10)).status()));
  EXPECT_TRUE(client.AwaitUp(false));
  const auto begin = steady_clock::now();
  int waited = 0;
  for (int i = 0; i < 200; ++i) {
    const absl::Status status = client.Ask({"PING"}, milliseconds(50)).status();
    if (!absl::IsUnavailable(status)) ++waited;
  }
  EXPECT_LE(waited, 2) << "but for those that try whether it is back";
  EXPECT_LT(steady_clock::now() - begin, milliseconds(1000));
  server.Thaw();
  EXPECT_TRUE(client.AwaitUp(true) || client.Ask({"PING"}).ok());
  const auto give_up = steady_clock::now() + std::chrono::seconds(5);
  while (!client.Ask({"PING"}).ok() && steady_clock::now() < give_up)
    std::this_thread::sleep_for(milliseconds(5));
  EXPECT_TRUE(client.Ask({"PING"}).ok());
}

}  // namespace
}  // namespace latchkey
