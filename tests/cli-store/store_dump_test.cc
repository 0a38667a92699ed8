// `latchkey store dump` shows what is there, to whom may read it, and no people.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

#include "adapters/memory/ledger_log.h"
#include "adapters/sodium/key_ring_file.h"
#include "adapters/sodium/siphash_key_hasher.h"
#include "cli/run.h"
#include "engine/attempt/attempt_keys.h"
#include "engine/signal/flat_record_codec.h"
#include "nlohmann/json.hpp"
#include "tests/adapters/redis/store_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/redis_cluster.h"
#include "tests/support/scratch_folder.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::Not;

struct Seen {
  cli::ExitCode code;
  std::string out, err;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

Seen Dump(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), {"store", "dump"});
  std::istringstream in(input);
  std::ostringstream out, err;
  const cli::ExitCode code = cli::Run(arguments, {in, out, err});
  return {.code = code, .out = out.str(), .err = err.str()};
}

// A stranger's attempt with a password's tag, counted by account and by network.
ChargeRequest Attempt() {
  const CounterAsk counter{.signature = 0x1234,
                           .charged = true,
                           .limits = {{.above = 50, .window = hours(24)}},
                           .windows = {hours(24)},
                           .horizon = hours(24)};
  return {.lanes = {LaneAsk{.account = {counter}, .network = {counter}}},
          .reservation_id = 0xABCDEF,
          .tag = uint16_t{4095},
          .token_life = minutes(2),
          .keep = hours(48)};
}

SettleRequest LoginComplete(const ChargeResult& charged) {
  SettleRequest request{.reservation_id = charged.reservation_id, .charged_at = charged.records.now};
  request.device = Remember{.id = 77, .slots_max = 6, .name = "Ada's laptop"};
  request.source = Remember{.id = 78, .slots_max = 5};
  request.token_life = minutes(2);
  request.keep = hours(48);
  return request;
}

class StoreDumpTest : public testing::Test {
 protected:
  StoreDumpTest() { EXPECT_TRUE(CreateKeyRing(folder_.File("keys")).ok()); }

  Key KeyOf(const std::string& account) const {
    const KeyRing ring = *LoadKeyRing(folder_.File("keys"));
    const SipHashKeyHasher hasher(ring);
    return KeyMaker("test", hasher).Account("default", account);
  }
  ScratchFolder folder_;
};

TEST_F(StoreDumpTest, ShowsEveryRecordOfAnEnvironmentToTheReader) {
  RedisServer server;
  StoreClient client(server.url());
  for (uint64_t i = 1; i <= 30; ++i) {
    const auto charged = client.Charge({.account = {i, i}, .network = {7, 7}}, Attempt());
    if (i == 1) {
      ASSERT_TRUE(client.Settle({.account = {1, 1}, .network = {7, 7}}, LoginComplete(*charged)).ok());
    }
  }
  server.Command({"SET", "lk:{other:a:00000000000000010000000000000001}", "of another environment"});
  const std::vector<std::string> all = {"--store", server.url("latchkey-reader"), "--environment", "test"};

  const Seen table = Dump(all);
  ASSERT_EQ(table.code, cli::ExitCode::kOk) << table.err;
  EXPECT_THAT(table.out, HasSubstr("31 records"));
  EXPECT_THAT(table.out, HasSubstr("lk:{test:a:00000000000000010000000000000001}"));

  std::vector<std::string> as_json = all;
  as_json.insert(as_json.end(), {"-o", "json"});
  const Seen seen = Dump(as_json);
  ASSERT_EQ(seen.code, cli::ExitCode::kOk) << seen.err;
  EXPECT_EQ(seen.json().size(), 31U);
  EXPECT_THAT(seen.out, Not(HasSubstr("Ada")));
  EXPECT_THAT(seen.out, Not(HasSubstr("4095"))) << "the tag of a password";
  for (const auto& record : seen.json()) {
    EXPECT_EQ(record["series"].size(), 1U);
    EXPECT_EQ(record["series"][0]["counter"], "1234");
    EXPECT_THAT(record["expires"].get<std::string>(), HasSubstr("in 47h"));
    const bool ours = record["key"] == "lk:{test:a:00000000000000010000000000000001}";
    EXPECT_EQ(record["slots"].size(), ours ? 2U : 0U);
    if (ours) {
      EXPECT_EQ(record["slots"][1]["lane"], "device");
    }
  }
  as_json.emplace_back("--names");
  EXPECT_THAT(Dump(as_json).out, HasSubstr("Ada's laptop"));
  as_json.insert(as_json.end(), {"--most", "4"});
  EXPECT_EQ(Dump(as_json).json().size(), 4U);
}

TEST_F(StoreDumpTest, FindsTheRecordOfAnAccountByTheKeyRing) {
  RedisServer server;
  StoreClient client(server.url());
  ASSERT_TRUE(client.Charge({.account = KeyOf("alice"), .network = {7, 7}}, Attempt()).ok());
  const auto ask = [&](const std::string& account) {
    return Dump({"--store", server.url("latchkey-reader"), "--environment", "test", "--key-ring",
                 folder_.File("keys"), "--account", account, "-o", "json"});
  };
  const Seen alice = ask("alice");
  ASSERT_EQ(alice.code, cli::ExitCode::kOk) << alice.err;
  ASSERT_EQ(alice.json().size(), 1U);
  EXPECT_EQ(alice.json()[0]["in_flight"][0]["id"], "000000abcdef");
  EXPECT_EQ(alice.json()[0]["in_flight"][0]["tagged"], true);
  EXPECT_EQ(ask("bob").code, cli::ExitCode::kNotFound);
}

TEST_F(StoreDumpTest, TheEnginesUserMayNotListKeys) {
  RedisServer::Options options = RedisServer::Unlimited();
  RedisServer server(options);
  server.Command({"ACL", "SETUSER", "engine", "on", ">test", "~lk:{test:*", "+ping", "+client|setname",
                  "+get", "+pttl"});
  const std::string url = absl::StrCat("redis://engine:test@127.0.0.1:", server.port());
  EXPECT_EQ(Dump({"--store", url, "--environment", "test"}).code, cli::ExitCode::kDenied);
}

TEST_F(StoreDumpTest, ScansEveryServerOfACluster) {
  RedisCluster cluster;
  StoreClient client(cluster.url());
  for (int tries = 0; !client.backend().up() && tries < 10'000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (uint64_t i = 1; i <= 40; ++i)
    ASSERT_TRUE(client.Charge({.account = {i, i}, .network = {i, i}}, Attempt()).ok());
  std::string url = cluster.url();
  const std::string engine = "latchkey:";
  url.replace(url.find(engine), engine.size(), "latchkey-reader:");
  const Seen seen = Dump({"--store", url, "--environment", "test", "-o", "json"});
  ASSERT_EQ(seen.code, cli::ExitCode::kOk) << seen.err;
  EXPECT_EQ(seen.json().size(), 80U);
}

TEST_F(StoreDumpTest, DecodesBytesThatItIsGiven) {
  Record record;
  record.epoch = 3;
  const std::string bytes = EncodeFlatRecord(record);
  for (const std::string& input : {bytes, bytes + "\n"}) {
    const Seen seen = Dump({"-", "-o", "json"}, input);
    ASSERT_EQ(seen.code, cli::ExitCode::kOk) << seen.err;
    EXPECT_EQ(seen.json()[0]["epoch"], 3);
  }
  EXPECT_EQ(Dump({"-"}, "not a record").code, cli::ExitCode::kError);
  EXPECT_EQ(Dump({}).code, cli::ExitCode::kUsage);
}

TEST_F(StoreDumpTest, ReadsTheLogOfAnEmbeddedStoreThatRuns) {
  FakeClock clock;
  const std::string path = folder_.File("ledger");
  MemorySignalStore store(clock, MemoryStoreOptions{});
  const auto log = LedgerLog::Open({.path = path, .environment = "test"}, clock, store);
  ASSERT_TRUE(log.ok()) << log.status();
  ChargeRequest request = Attempt();
  request.keep = hours(24 * 365 * 100);  // The test's clock may be behind the real one, by which it is read.
  bool admitted = false;
  store.Charge(
      {.account = KeyOf("alice"), .network = {7, 7}}, std::make_shared<ChargeRequest>(request), kPatience,
      [&](const absl::StatusOr<ChargeResult>& result) { admitted = result.ok() && result->admitted == 0; });
  ASSERT_TRUE(admitted);
  ASSERT_TRUE((*log)->Flush().ok());
  const Seen all = Dump({"--log", path, "--environment", "test", "-o", "json"});
  ASSERT_EQ(all.code, cli::ExitCode::kOk) << all.err;
  EXPECT_EQ(all.json().size(), 2U);
  const Seen alice = Dump({"--log", path, "--environment", "test", "--key-ring", folder_.File("keys"),
                           "--account", "alice", "-o", "json"});
  ASSERT_EQ(alice.json().size(), 1U);
  EXPECT_EQ(alice.json()[0]["key"], KeyOf("alice").Hex());
  EXPECT_EQ(Dump({"--log", path, "--environment", "staging"}).code, cli::ExitCode::kConflict);
  EXPECT_EQ(Dump({"--log", folder_.File("none"), "--environment", "test"}).code, cli::ExitCode::kNotFound);
}

}  // namespace
}  // namespace latchkey
