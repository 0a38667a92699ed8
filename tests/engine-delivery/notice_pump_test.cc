#include "engine/delivery/notice_pump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/engine-delivery/fakes.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

// A log that all nodes read.
class FakeFeed final : public NoticeFeed {
 public:
  [[nodiscard]] std::string_view name() const override { return "fake"; }
  [[nodiscard]] uint8_t book() const override { return 1; }
  [[nodiscard]] uint64_t SequenceOf(const std::string& place) const override {
    uint64_t number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(place, &number));
    return number;
  }
  absl::StatusOr<std::string> Latest(TimePoint /*now*/) override { return absl::StrCat(log.size()); }
  absl::StatusOr<Page> ReadAfter(const std::string& place, size_t count_max, TimePoint /*now*/) override {
    if (away) return absl::UnavailableError("away");
    Page page{.place = place};
    for (uint64_t i = SequenceOf(place); i < log.size() && page.notices.size() < count_max; ++i) {
      if (i < forgotten) return absl::OutOfRangeError("forgotten");
      page.notices.push_back(log[i]);
      page.notices.back().book = 1;
      page.notices.back().sequence = i + 1;
      page.places.push_back(absl::StrCat(i + 1));
      page.place = absl::StrCat(i + 1);
    }
    return page;
  }
  void Forget() override { ++forgets; }
  std::vector<Notice> log;
  int forgets = 0;
  uint64_t forgotten = 0;
  bool away = false;
};

// What the nodes share: a lease of ten seconds.
struct Shared {
  std::string holder;
  TimePoint until;
  std::string place;
};

class FakePlaces final : public SharedPlaces {
 public:
  FakePlaces(Shared& shared, std::string name) : shared_(shared), name_(std::move(name)) {}
  absl::StatusOr<bool> Hold(TimePoint now) override {
    if (shared_.holder != name_ && now < shared_.until) return false;
    shared_.holder = name_;
    shared_.until = now + seconds(10);
    return true;
  }
  void Release() override { shared_.until = TimePoint(); }
  absl::StatusOr<std::string> Read(std::string_view /*feed*/) override { return shared_.place; }
  absl::Status Write(std::string_view /*feed*/, const std::string& place, TimePoint /*now*/) override {
    shared_.place = place;
    return absl::OkStatus();
  }

 private:
  Shared& shared_;
  const std::string name_;
};

// One of the nodes, with a disk of its own.
struct Node {
  Node(FakeFeed& feed, Shared& shared, const std::string& name, FakeClock& clock, FakeStorage& disk)
      : courier({disk, writer, transport, random, clock}, OutboxLimits{},
                {{.name = "hook", .kinds = {NoticeKind::kStanding, NoticeKind::kOwnerNotice}}}),
        places(shared, name),
        pump(courier, places, {&feed}, PumpOptions{}) {
    EXPECT_TRUE(courier.Restore().ok());
  }
  void Turn(TimePoint now) {
    pump.Turn(now);
    courier.Turn(Duration(0));
  }
  FakeWriter writer;
  FakeTransport transport;
  SeededRandom random{5};
  Courier courier;
  FakePlaces places;
  NoticePump pump;
};

class NoticePumpTest : public testing::Test {
 protected:
  void Happen(const std::string& account, StandingState state = StandingState::kSuspected) {
    Notice notice{.kind = NoticeKind::kStanding,
                  .id = absl::StrCat("n", feed_.log.size() + 1),
                  .order_key = account,
                  .at = clock_.Now()};
    notice.account = {Key{1, std::hash<std::string>()(account)}, account};
    notice.standing.state = state;
    feed_.log.push_back(std::move(notice));
  }
  void Run(std::initializer_list<Node*> nodes, Duration span) {
    for (const TimePoint end = clock_.Now() + span; clock_.Now() < end; clock_.Advance(Duration(500))) {
      for (Node* node : nodes) node->Turn(clock_.Now());
    }
  }

  FakeFeed feed_;
  Shared shared_;
  FakeClock clock_;
};

TEST_F(NoticePumpTest, OneNodeDeliversForAll) {
  FakeStorage disk_a;
  FakeStorage disk_b;
  Node a(feed_, shared_, "a", clock_, disk_a);
  Node b(feed_, shared_, "b", clock_, disk_b);
  Run({&a, &b}, seconds(2));
  for (int i = 0; i < 5; ++i) Happen("alice");
  Run({&a, &b}, seconds(20));
  EXPECT_THAT(a.transport.bodies, ElementsAre("n1/1", "n2/1", "n3/1", "n4/1", "n5/1"));
  EXPECT_THAT(b.transport.bodies, IsEmpty());
  EXPECT_EQ(shared_.place, "5");
}

TEST_F(NoticePumpTest, AnotherNodeGoesOnWhenTheOneIsGoneWithItsDisk) {
  FakeStorage disk_b;
  Node b(feed_, shared_, "b", clock_, disk_b);
  {
    FakeStorage disk_a;
    Node a(feed_, shared_, "a", clock_, disk_a);
    Run({&a, &b}, seconds(2));
    Happen("alice");
    Run({&a, &b}, seconds(5));
    EXPECT_THAT(a.transport.bodies, ElementsAre("n1/1"));
    a.transport.away = true;
    Happen("alice");
    Happen("alice");
    Run({&a, &b}, seconds(5));
  }
  Run({&b}, seconds(20));
  EXPECT_THAT(b.transport.bodies, ElementsAre("n2/2", "n3/2"));
}

TEST_F(NoticePumpTest, WhatANodeThatIsGoneMayHaveToldIsMarkedAndNothingElse) {
  FakeStorage disk_a;
  FakeStorage disk_b;
  auto a = std::make_unique<Node>(feed_, shared_, "a", clock_, disk_a);
  Node b(feed_, shared_, "b", clock_, disk_b);
  Run({a.get(), &b}, seconds(2));
  Happen("alice");
  a->Turn(clock_.Now());
  EXPECT_THAT(a->transport.bodies, ElementsAre("n1/1"));
  a.reset();  // before it has said so
  Run({&b}, seconds(20));
  EXPECT_THAT(b.transport.bodies, ElementsAre("n1/2"));
  EXPECT_GT(feed_.forgets, 0) << "what receivers knew before may have changed";
  Happen("alice");
  Run({&b}, seconds(2));
  EXPECT_THAT(b.transport.bodies, ElementsAre("n1/2", "n2/1"));
}

TEST_F(NoticePumpTest, AnOwnerWhomAnotherNodeMayHaveToldTodayIsToldUnderAMark) {
  clock_.Set(TimePoint(hours(24 * 20'000)));
  FakeStorage disk_a;
  FakeStorage disk_b;
  auto a = std::make_unique<Node>(feed_, shared_, "a", clock_, disk_a);
  Node b(feed_, shared_, "b", clock_, disk_b);
  Run({a.get(), &b}, seconds(2));
  Happen("alice", StandingState::kUnderAttack);
  Run({a.get(), &b}, seconds(5));
  a.reset();
  Run({&b}, seconds(60));
  const auto attack_again = [&] {
    b.transport.bodies.clear();
    Happen("alice", StandingState::kUnderAttack);
    Run({&b}, seconds(2));
    return b.transport.bodies;
  };
  EXPECT_THAT(attack_again(), ElementsAre("n2/1", EndsWith("/2")));
  clock_.Advance(hours(24));
  EXPECT_THAT(attack_again(), ElementsAre("n3/1", EndsWith("/1")));
}

TEST_F(NoticePumpTest, ANodeThatComesBackTellsNothingThatAnotherHasTold) {
  FakeStorage disk_a;
  FakeStorage disk_b;
  Node b(feed_, shared_, "b", clock_, disk_b);
  {
    Node a(feed_, shared_, "a", clock_, disk_a);
    Run({&a}, seconds(2));
    a.transport.away = true;
    Happen("alice");
    Run({&a}, seconds(3));
  }
  EXPECT_EQ(disk_a.entries_.size(), 1U);
  Run({&b}, seconds(20));
  EXPECT_THAT(b.transport.bodies, ElementsAre("n1/2"));
  Happen("alice");
  b.pump.End(clock_.Now());
  Node again(feed_, shared_, "a", clock_, disk_a);
  Run({&again}, seconds(20));
  EXPECT_THAT(again.transport.bodies, ElementsAre("n2/2"));
  EXPECT_THAT(disk_a.entries_, IsEmpty());
}

TEST_F(NoticePumpTest, ThePlaceMovesOnlyWithWhatHasArrived) {
  FakeStorage disk;
  Node a(feed_, shared_, "a", clock_, disk);
  Run({&a}, seconds(2));
  Happen("alice");
  Run({&a}, seconds(3));
  a.transport.away = true;
  Happen("alice");
  Happen("bob");
  Run({&a}, seconds(30));
  EXPECT_EQ(shared_.place, "1");
  a.transport.away = false;
  Run({&a}, seconds(70));
  EXPECT_EQ(shared_.place, "3");
}

TEST_F(NoticePumpTest, SaysThatThereWasAGap) {
  FakeStorage disk;
  Node a(feed_, shared_, "a", clock_, disk);
  Run({&a}, seconds(2));
  for (int i = 0; i < 9; ++i) Happen("alice");
  feed_.forgotten = 5;
  Run({&a}, seconds(3));
  EXPECT_EQ(a.pump.counts().gaps, 1U);
  Happen("alice");
  Run({&a}, seconds(3));
  EXPECT_THAT(a.transport.bodies, ElementsAre("n10/1"));
}

TEST_F(NoticePumpTest, ReadsOnWhenALogIsBack) {
  FakeStorage disk;
  Node a(feed_, shared_, "a", clock_, disk);
  Run({&a}, seconds(2));
  feed_.away = true;
  Happen("alice");
  Run({&a}, seconds(5));
  EXPECT_GT(a.pump.counts().errors, 2U);
  feed_.away = false;
  Run({&a}, seconds(3));
  EXPECT_THAT(a.transport.bodies, ElementsAre("n1/1"));
}

TEST_F(NoticePumpTest, TellsAnOwnerOnceADayThatHeIsUnderAttack) {
  clock_.Set(TimePoint(hours(24 * 20'000)));
  FakeStorage disk;
  Node a(feed_, shared_, "a", clock_, disk);
  Run({&a}, seconds(2));
  for (int i = 0; i < 5; ++i) {
    Happen("alice", StandingState::kUnderAttack);
    Happen("alice", StandingState::kGood);
    Run({&a}, seconds(60));
  }
  const auto owners = [&] {
    return std::count_if(a.transport.bodies.begin(), a.transport.bodies.end(),
                         [](const std::string& body) { return body.starts_with("owner-"); });
  };
  EXPECT_EQ(owners(), 1);
  clock_.Advance(hours(24));
  Happen("alice", StandingState::kUnderAttack);
  Run({&a}, seconds(20));
  EXPECT_EQ(owners(), 2);
}

}  // namespace
}  // namespace latchkey
