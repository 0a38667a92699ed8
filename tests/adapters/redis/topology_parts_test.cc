// What is known of a Cluster without one: slots, maps and what its error replies ask for.
#include <gtest/gtest.h>

#include <string>

#include "adapters/redis/hash_slot.h"
#include "adapters/redis/redirect.h"
#include "adapters/redis/slot_map.h"

namespace latchkey {
namespace {

Reply Text(std::string text) { return {.kind = Reply::Kind::kString, .text = std::move(text)}; }
Reply Number(int64_t number) { return {.kind = Reply::Kind::kInteger, .integer = number}; }
Reply List(std::vector<Reply> elements) {
  return {.kind = Reply::Kind::kArray, .elements = std::move(elements)};
}
Reply Error(std::string text) { return {.kind = Reply::Kind::kError, .text = std::move(text)}; }

Reply Range(int64_t first, int64_t last, Reply host, int64_t port) {
  return List({Number(first), Number(last), List({std::move(host), Number(port), Text("id"), List({})}),
               List({Text("replica"), Number(1), Text("id"), List({})})});
}

TEST(HashSlotTest, IsTheOneThatRedisHas) {
  EXPECT_EQ(HashSlot("123456789"), 0x31C3);  // CLUSTER KEYSLOT, and the CRC's own check value.
  EXPECT_EQ(HashSlot("foo"), 12182);
  EXPECT_EQ(HashSlot(""), 0);
}

TEST(HashSlotTest, IsOfTheHashTagIfThereIsOne) {
  EXPECT_EQ(HashSlot("lk:{foo}"), HashSlot("foo"));
  EXPECT_EQ(HashSlot("{foo}{bar}"), HashSlot("foo"));
  EXPECT_EQ(HashSlot("{foo}:x"), HashSlot("y:{foo}"));
  EXPECT_NE(HashSlot("{}foo"), HashSlot("foo")) << "an empty tag is none";
  EXPECT_NE(HashSlot("{foo"), HashSlot("foo"));
}

TEST(SlotMapTest, ReadsWhoServesWhat) {
  const auto map = ParseClusterSlots(
      List({Range(0, 8191, Text("10.0.0.1"), 7000), Range(8192, 16383, Text("b.example"), 7001)}),
      {"seed", 1}, "prod");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_TRUE(map->complete());
  EXPECT_EQ(*map->Of(0), (NodeAddress{"10.0.0.1", 7000}));
  EXPECT_EQ(*map->Of(8191), (NodeAddress{"10.0.0.1", 7000}));
  EXPECT_EQ(*map->Of(8192), (NodeAddress{"b.example", 7001}));
  ASSERT_EQ(map->primaries.size(), 2U);
  for (const SlotMap::Primary& each : map->primaries)
    EXPECT_EQ(*map->Of(HashSlot("lk:{" + each.tag + "}")), each.address) << each.tag;
  EXPECT_TRUE(map->primaries[0].tag.starts_with("prod:s:"));
}

TEST(SlotMapTest, KnowsHolesAndServersThatServeSeveralRanges) {
  const auto map = ParseClusterSlots(List({Range(0, 9, Text("a"), 1), Range(20, 16383, Text("a"), 1)}),
                                     {"seed", 1}, "prod");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_FALSE(map->complete());
  EXPECT_EQ(map->Of(10), nullptr);
  EXPECT_EQ(map->primaries.size(), 1U);
}

TEST(SlotMapTest, AServerThatDoesNotSayWhereItIsIsWhereItWasAsked) {
  for (const Reply& host : {Text(""), Text("?"), Reply{}}) {
    const auto map = ParseClusterSlots(List({Range(0, 16383, host, 7001)}), {"seed", 7000}, "prod");
    ASSERT_TRUE(map.ok()) << map.status();
    EXPECT_EQ(*map->Of(5), (NodeAddress{"seed", 7001}));
  }
}

TEST(SlotMapTest, RefusesWhatIsNoMap) {
  const NodeAddress seed{"seed", 1};
  for (const Reply& wrong : {Text("x"), List({Text("x")}), List({Range(5, 4, Text("a"), 1)}),
                             List({Range(0, 16384, Text("a"), 1)}), List({Range(0, 1, Text("a"), 0)}),
                             List({Range(0, 1, Number(1), 1)})}) {
    EXPECT_EQ(ParseClusterSlots(wrong, seed, "prod").status().code(), absl::StatusCode::kInternal);
  }
  EXPECT_EQ(ParseClusterSlots(List({}), seed, "prod").status().code(), absl::StatusCode::kUnavailable);
  const auto alone = ParseClusterSlots(Error("ERR This instance has cluster support disabled"), seed, "prod");
  EXPECT_NE(alone.status().message().find("cluster support disabled"), absl::string_view::npos);
}

TEST(RedirectTest, ReadsWhereToAsk) {
  using Kind = Redirect::Kind;
  const NodeAddress asked{"10.0.0.9", 7000};
  Redirect moved = RedirectOf(Error("MOVED 3999 127.0.0.1:6381"), asked);
  EXPECT_EQ(moved.kind, Kind::kMoved);
  EXPECT_EQ(moved.to, (NodeAddress{"127.0.0.1", 6381}));
  moved = RedirectOf(Error("MOVED 3999 2001:db8::1:6381"), asked);
  EXPECT_EQ(moved.to, (NodeAddress{"2001:db8::1", 6381}));
  moved = RedirectOf(Error("MOVED 3999 node-2.example:6381"), asked);
  EXPECT_EQ(moved.to, (NodeAddress{"node-2.example", 6381}));
  moved = RedirectOf(Error("MOVED 3999 :6381"), asked);
  EXPECT_EQ(moved.to, (NodeAddress{"10.0.0.9", 6381})) << "no host: the one that was asked";
  const Redirect ask = RedirectOf(Error("ASK 3999 127.0.0.1:6381"), asked);
  EXPECT_EQ(ask.kind, Kind::kAsk);
  EXPECT_EQ(ask.to, (NodeAddress{"127.0.0.1", 6381}));
}

TEST(RedirectTest, KnowsWhatWasNotExecutedAndWhatIsAnAnswer) {
  using Kind = Redirect::Kind;
  const auto kind = [](const std::string& text) { return RedirectOf(Error(text), {"a", 1}).kind; };
  EXPECT_EQ(kind("TRYAGAIN Multiple keys request during rehashing of slot"), Kind::kRest);
  for (const char* text :
       {"CLUSTERDOWN Hash slot not served", "LOADING Redis is loading the dataset in memory",
        "READONLY You can't write against a read only replica.", "MASTERDOWN Link with MASTER"})
    EXPECT_EQ(kind(text), Kind::kRestAndRefresh) << text;
  for (const char* text : {"OOM command not allowed", "BUSY Redis is busy", "NOSCRIPT No matching script",
                           "ERR wrong", "MOVED", "MOVED 1 nowhere", "ASK 1 a:0", "MOVEDX 1 a:1"})
    EXPECT_EQ(kind(text), Kind::kAnswer) << text;
  EXPECT_EQ(RedirectOf(Text("MOVED 1 a:1"), {"a", 1}).kind, Kind::kAnswer) << "no error";
}

}  // namespace
}  // namespace latchkey
