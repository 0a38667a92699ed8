// P2: verified wrong passwords of one account stay within the bounds of the policy, whatever the number of
// addresses, devices and connections.
//
// The guesser is as good as one can be: it knows every limit, tries whenever it is let in, always another
// password, and sleeps exactly until it is told to come back.
#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/promises/promise_test.h"

namespace latchkey {
namespace {

struct Guess {
  TimePoint at;
  Lane lane;
};

// The most guesses that fall into any span of this length; a span holds its beginning, not its end.
int MostIn(const std::vector<Guess>& guesses, Duration span, std::set<Lane> lanes = {}) {
  std::deque<TimePoint> within;
  size_t most = 0;
  for (const Guess& guess : guesses) {
    if (!lanes.empty() && !lanes.contains(guess.lane)) continue;
    within.push_back(guess.at);
    while (within.front() <= guess.at - span) within.pop_front();
    most = std::max(most, within.size());
  }
  return static_cast<int>(most);
}

// How the guesser's calling service behaves.
enum class Reports { kAtOnce, kNever, kLate };

class Guesser {
 public:
  explicit Guesser(EngineRig& rig, uint64_t seed, Reports reports = Reports::kAtOnce)
      : rig_(rig), dice_(seed), reports_(reports) {}

  // From many addresses, without proof.
  void GuessAsStranger(int addresses) {
    ways_.push_back({[this, addresses](AttemptFields& fields) {
                       const int address = dice_.Below(addresses);
                       fields.source = absl::StrCat("203.0.", address / 250, ".", address % 250);
                       return true;
                     },
                     {}});
  }
  // With a CAPTCHA solved for each attempt.
  void GuessWithChallenges() {
    ways_.push_back({[this](AttemptFields& fields) {
                       if (challenge_.empty()) return false;
                       fields.challenge_proof = ChallengeProof{challenge_, true};
                       return true;
                     },
                     {}});
  }
  // From a place that the account logs in from.
  void GuessFrom(const std::string& familiar_address) {
    ways_.push_back({[familiar_address](AttemptFields& fields) {
                       fields.source = familiar_address;
                       return true;
                     },
                     {}});
  }
  // With a stolen device.
  void GuessWithDevice(const std::string& token) {
    ways_.push_back({[token](AttemptFields& fields) {
                       fields.device_token = token;
                       return true;
                     },
                     {}});
  }
  // Through the owner's mailbox: asks for a recovery whenever one is to be had.
  void GuessWithRecoveries() {
    ways_.push_back({[this](AttemptFields& fields) {
                       if (recovery_.empty() || rig_.now() >= recovery_until_) {
                         const Confirmation opened = rig_.Confirm("victim");
                         recovery_ = opened.recovery_token;
                         recovery_until_ = opened.recovery_token_expires;
                       }
                       if (recovery_.empty()) return false;
                       fields.recovery_token = recovery_;
                       return true;
                     },
                     {}});
  }

  // Guesses for as long as that, calling `meanwhile` at every stop.
  void Guess(Duration span, const std::function<void()>& meanwhile = {}) {
    const TimePoint end = rig_.now() + span;
    while (rig_.now() < end) {
      TimePoint next = rig_.now() + 1h;
      for (Way& way : ways_) {
        if (way.rests_until <= rig_.now()) TryAll(way);
        next = std::min(next, way.rests_until);
      }
      if (meanwhile) meanwhile();
      rig_.clock().Set(std::min(std::max(next, rig_.now() + 1ms), end));
      ReportLateOnes();
    }
  }

  [[nodiscard]] const std::vector<latchkey::Guess>& guesses() const { return guesses_; }

 private:
  struct Way {
    std::function<bool(AttemptFields&)> prepare;  // false: not possible now
    TimePoint rests_until;
  };

  // Guesses in this way until it is refused.
  void TryAll(Way& way) {
    for (;;) {
      // More than a dozen addresses a day would be met with a CAPTCHA sooner.
      AttemptFields fields = AttemptOn("victim", "203.0.0.1");
      if (!way.prepare(fields)) {
        way.rests_until = rig_.now() + 10min;
        return;
      }
      fields.account_tag = TagOf(++password_);
      const Decision decision = rig_.Assess(std::move(fields));
      if (!decision.challenge_id.empty()) challenge_ = decision.challenge_id;
      // Falling to a weaker lane than the way is about is no gain: that lane has a way of its own.
      if (!Allowed(decision)) {
        recovery_.clear();
        // While charges are young every second brings the same answer.
        const bool provisional = decision.verdict.reasons.front().provisional;
        way.rests_until = provisional ? rig_.now() + 15s : decision.verdict.until.value_or(rig_.now() + 1h);
        // The lane that it fell to may be refused for weeks; the next recovery can be had sooner.
        way.rests_until = std::min(way.rests_until, rig_.now() + 6h);
        return;
      }
      guesses_.push_back({rig_.now(), decision.verdict.lane});
      if (reports_ == Reports::kAtOnce) rig_.ReportOutcome(decision, Outcome::kWrong);
      if (reports_ == Reports::kLate)
        late_.push_back({rig_.now() + Duration(dice_.Below(180'000)), decision});
    }
  }

  void ReportLateOnes() {
    for (auto it = late_.begin(); it != late_.end();) {
      if (it->first > rig_.now()) {
        ++it;
        continue;
      }
      rig_.ReportOutcome(it->second, Outcome::kWrong);
      it = late_.erase(it);
    }
  }

  EngineRig& rig_;
  Dice dice_;
  const Reports reports_;
  std::vector<Way> ways_;
  std::vector<latchkey::Guess> guesses_;
  std::vector<std::pair<TimePoint, Decision>> late_;
  std::string challenge_, recovery_;
  TimePoint recovery_until_;
  int password_ = 0;
};

class BoundedGuessingTest : public PromiseTest {
 protected:
  // Thirty days and a bit; on Redis a few, where each answer takes longer.
  [[nodiscard]] Duration Long() const { return GetParam() == StoreKind::kMemory ? 45 * kDay : 5 * kDay; }
};

// Six devices and five places that the victim has completed logins with.
struct Loot {
  std::vector<std::string> devices;
  std::vector<std::string> places;
};

Loot PrepareVictim(EngineRig& rig) {
  Loot loot;
  for (int i = 0; i < 6; ++i) {
    const std::string place = absl::StrCat("10.0.", std::min(i, 4), ".1");
    if (i < 5) loot.places.push_back(place);
    const Decision login = rig.Assess(AttemptOn("victim", place));
    loot.devices.push_back(rig.ReportOutcome(login, Outcome::kLoginComplete).device_token);
  }
  return loot;
}

void UseEverything(Guesser& guesser, const Loot& loot) {
  for (const std::string& device : loot.devices) guesser.GuessWithDevice(device);
  for (const std::string& place : loot.places) guesser.GuessFrom(place);
  guesser.GuessWithRecoveries();
  guesser.GuessWithChallenges();
  guesser.GuessAsStranger(6);
}

void ExpectWithinBounds(const EngineRig& rig, const std::vector<Guess>& guesses) {
  for (const auto& [span, bound] : rig.policy()->spec().bounds) EXPECT_LE(MostIn(guesses, span), bound);
}

TEST_P(BoundedGuessingTest, StrangersWithAnyNumberOfAddressesGetTheirBudgetAndNoMore) {
  EngineRig rig(Options());
  Guesser guesser(rig, 1);
  guesser.GuessAsStranger(10);
  guesser.Guess(Long());
  EXPECT_EQ(MostIn(guesser.guesses(), kDay), 25) << "the best there is, and the budget";
  if (Long() > 30 * kDay) {
    EXPECT_EQ(MostIn(guesser.guesses(), 30 * kDay), 90);
  }
}

TEST_P(BoundedGuessingTest, AThousandAddressesGetNoMoreThanTen) {
  EngineRig rig(Options());
  Guesser guesser(rig, 2);
  guesser.GuessAsStranger(1000);
  guesser.Guess(Long());
  EXPECT_LE(MostIn(guesser.guesses(), kDay), 25);
  EXPECT_LE(MostIn(guesser.guesses(), 30 * kDay), 90);
}

TEST_P(BoundedGuessingTest, EveryMeansTogetherGetsExactlyWhatThePolicyStates) {
  EngineRig rig(Options());
  Guesser guesser(rig, 3);
  UseEverything(guesser, PrepareVictim(rig));
  guesser.Guess(Long());
  const auto& guesses = guesser.guesses();
  ExpectWithinBounds(rig, guesses);
  // The day on which everything comes together spends the whole bound: it is not only safe but honest.
  EXPECT_EQ(MostIn(guesses, kDay), 100);
  EXPECT_EQ(MostIn(guesses, kDay, {Lane::kStranger}), 25);
  EXPECT_EQ(MostIn(guesses, kDay, {Lane::kChallenged}), 15);
  EXPECT_EQ(MostIn(guesses, kDay, {Lane::kFamiliar}), 5 * 4);
  EXPECT_EQ(MostIn(guesses, kDay, {Lane::kRecovered}), 2 * 5);
  EXPECT_EQ(MostIn(guesses, 400 * kDay, {Lane::kDevice}), 6 * 5) << "until a device succeeds, not a day";
  if (Long() < 30 * kDay) return;
  EXPECT_EQ(MostIn(guesses, 30 * kDay), 300);
  EXPECT_EQ(MostIn(guesses, 30 * kDay, {Lane::kStranger}), 90);
  EXPECT_EQ(MostIn(guesses, 30 * kDay, {Lane::kChallenged}), 60);
  EXPECT_EQ(MostIn(guesses, 30 * kDay, {Lane::kFamiliar}), 5 * 16);
  EXPECT_EQ(MostIn(guesses, 30 * kDay, {Lane::kRecovered}), 8 * 5);
}

TEST_P(BoundedGuessingTest, NotReportingOrReportingLateGainsNothing) {
  for (Reports reports : {Reports::kNever, Reports::kLate}) {
    EngineRig rig(Options());
    Guesser guesser(rig, 4, reports);
    UseEverything(guesser, PrepareVictim(rig));
    guesser.Guess(Long());
    ExpectWithinBounds(rig, guesser.guesses());
    EXPECT_EQ(MostIn(guesser.guesses(), kDay, {Lane::kStranger}), 25);
  }
}

// The victim logs in all the time, at the guesser's side: as a stranger, through CAPTCHA, from the guesser's
// own familiar places. A success gives back its own reservation and nothing else.
TEST_P(BoundedGuessingTest, TheVictimsOwnSuccessesLaunderNoGuess) {
  EngineRig rig(Options());
  const Loot loot = PrepareVictim(rig);
  Guesser guesser(rig, 5);
  for (const std::string& place : loot.places) guesser.GuessFrom(place);
  guesser.GuessWithChallenges();
  guesser.GuessAsStranger(6);
  Dice dice(5);
  int successes = 0;
  guesser.Guess(Long(), [&] {
    if (!dice.Chance(0.5)) return;
    AttemptFields fields = AttemptOn("victim", dice.Chance(0.5) ? "198.18.0.1" : loot.places[0]);
    const Decision offered = rig.Assess(fields);
    if (!offered.challenge_id.empty()) {
      fields.challenge_proof = ChallengeProof{offered.challenge_id, true};
    } else if (Allowed(offered)) {
      rig.ReportOutcome(offered, Outcome::kRight);
      ++successes;
      return;
    }
    const Decision decision = rig.Assess(fields);
    if (!Allowed(decision)) return;
    rig.ReportOutcome(decision, Outcome::kRight);
    ++successes;
  });
  EXPECT_GT(successes, 5);
  const auto& guesses = guesser.guesses();
  EXPECT_LE(MostIn(guesses, kDay, {Lane::kStranger}), 25);
  EXPECT_LE(MostIn(guesses, kDay, {Lane::kChallenged}), 15);
  EXPECT_LE(MostIn(guesses, kDay, {Lane::kFamiliar}), 5 * 4);
  EXPECT_LE(MostIn(guesses, 30 * kDay, {Lane::kStranger}), 90);
  EXPECT_LE(MostIn(guesses, 30 * kDay, {Lane::kChallenged}), 60);
  EXPECT_LE(MostIn(guesses, 30 * kDay, {Lane::kFamiliar}), 5 * 16);
}

// A new device or place takes the slot of the one seen longest ago, with what was tried there.
TEST_P(BoundedGuessingTest, NewDevicesAndPlacesBringNoNewBudgets) {
  EngineRig rig(Options());
  Guesser guesser(rig, 7);
  UseEverything(guesser, PrepareVictim(rig));
  const int days = GetParam() == StoreKind::kMemory ? 12 : 3;
  for (int day = 0; day < days; ++day) {
    guesser.Guess(kDay);
    // The victim logs in from somewhere new; the guesser steals that device, too, and moves in next door.
    const std::string place = absl::StrCat("10.1.", day, ".1");
    rig.Import("victim", place);
    AttemptFields fields = AttemptOn("victim", place);
    const Decision login = rig.Assess(fields);
    if (!Allowed(login)) continue;
    guesser.GuessWithDevice(rig.ReportOutcome(login, Outcome::kLoginComplete).device_token);
    guesser.GuessFrom(place);
  }
  ExpectWithinBounds(rig, guesser.guesses());
  EXPECT_EQ(MostIn(guesser.guesses(), 400 * kDay, {Lane::kDevice}), 6 * 5);
  EXPECT_EQ(MostIn(guesser.guesses(), kDay, {Lane::kFamiliar}), 5 * 4);
}

TEST_P(BoundedGuessingTest, ADeviceThatSucceedsClearsItsOwnCountAndNoOthers) {
  EngineRig rig(Options());
  const Loot loot = PrepareVictim(rig);
  auto spend = [&](const std::string& device) {
    AttemptFields fields = AttemptOn("victim", "192.0.2.1");
    fields.device_token = device;
    int guesses = 0;
    while (rig.Try(fields, Outcome::kWrong).verdict.lane == Lane::kDevice) ++guesses;
    return guesses;
  };
  EXPECT_EQ(spend(loot.devices[0]), 5);
  EXPECT_EQ(spend(loot.devices[1]), 5);
  rig.clock().Advance(10 * kDay);
  AttemptFields owner = AttemptOn("victim", loot.places[0]);
  owner.device_token = loot.devices[0];
  const Decision login = rig.Assess(owner);
  EXPECT_EQ(login.verdict.lane, Lane::kFamiliar) << "the spent device is answered as the next weaker lane";
  rig.ReportOutcome(login, Outcome::kLoginComplete);
  EXPECT_EQ(spend(loot.devices[0]), 5) << "paid off by the login with it in hand";
  EXPECT_EQ(spend(loot.devices[1]), 0) << "counts until it succeeds itself";
}

TEST_P(BoundedGuessingTest, TheSameWrongPasswordAgainIsGivenBackAndOpensNothing) {
  EngineRig rig(Options());
  AttemptFields fields = AttemptOn("victim", "203.0.0.1");
  fields.account_tag = TagOf(7);
  for (int i = 0; i < 30; ++i) {
    rig.clock().Advance(1s);
    EXPECT_TRUE(Allowed(rig.Try(fields, Outcome::kWrong))) << "one password, however often, is one guess";
  }
  Guesser guesser(rig, 6);
  guesser.GuessAsStranger(10);
  guesser.Guess(2h);
  const int others = static_cast<int>(guesser.guesses().size());
  fields.account_tag = TagOf(7);
  // Charged like any other while it is in flight: where there is no room, it is not let in.
  while (Allowed(rig.Assess(AttemptOn("victim", "203.0.0.2")))) {
  }
  EXPECT_FALSE(Allowed(rig.Assess(fields)));
  EXPECT_LE(others + 1, 25);
}

LATCHKEY_ON_EVERY_STORE(BoundedGuessingTest);

}  // namespace
}  // namespace latchkey
