#include "tests/certificate/adversary.h"

#include <algorithm>
#include <functional>
#include <random>

#include "absl/strings/str_cat.h"

namespace latchkey {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kGuessesMax = 20'000;

class Adversary {
 public:
  Adversary(const std::string& policy, const Habits& habits, uint64_t seed)
      : rig_({.store = StoreKind::kMemory, .policy = policy, .seed = seed, .settings = {}, .wrap = {}}),
        policy_(rig_.policy()),
        reaches_(ReachesOf(*policy_)),
        habits_(habits),
        dice_(seed) {
    Prepare();
  }

  std::vector<Guess> Play(Duration span) {
    end_ = rig_.now() + span;
    last_moment_ = end_ - Duration(1);
    while (rig_.now() < end_ && guesses_.size() < kGuessesMax) {
      TimePoint next = end_;
      for (Way& way : ways_) {
        if (way.rests_until <= rig_.now()) TryAll(way);
        next = std::min(next, way.rests_until);
      }
      TimePoint wake = std::max(next, rig_.now() + Duration(1));
      // The last moment is worth a visit: what it costs later is of no account.
      if (rig_.now() < last_moment_) wake = std::min(wake, last_moment_);
      if (wake == last_moment_)
        for (Way& way : ways_) way.rests_until = last_moment_;
      rig_.clock().Set(std::min(wake, end_));
    }
    return std::move(guesses_);
  }

 private:
  struct Way {
    Lane lane;
    std::function<bool(AttemptFields&)> prepare;  // false: not possible now
    TimePoint rests_until;
    int patience = 1;       // refusals in a row before he rests
    bool falls = false;     // its own lane was spent: the next try may fall to a weaker one
    Duration backs_off{0};  // after refusals without an end
  };

  std::string Address(unsigned number) const {
    return absl::StrCat(10 + number / 60'000 % 80, ".", number / 240 % 250, ".", number % 240, ".",
                        1 + number % 7);
  }

  static AttemptFields Fields(std::string address) {
    AttemptFields fields;
    fields.account = "victim";
    fields.source = std::move(address);
    fields.challenge_kinds = {ChallengeKind::kCaptcha};
    return fields;
  }

  void Prepare() {
    const PolicySpec& spec = policy_->spec();
    // Devices: every login with one of them is the owner's, long ago.
    for (int64_t i = 0; i < spec.device.devices; ++i) {
      const Decision login = rig_.Assess(Fields(Address(static_cast<unsigned>(dice_() % 50'000))));
      if (login.verdict.action == Action::kAllow)
        devices_.push_back(rig_.ReportOutcome(login, Outcome::kLoginComplete).device_token);
      rig_.clock().Advance(spec.familiar.remember > hours(1) ? minutes(1) : seconds(1));
    }
    for (int64_t i = 0; i < spec.familiar.sources; ++i) {
      places_.push_back(absl::StrCat("172.", 16 + i, ".", dice_() % 250, ".7"));
      rig_.Import("victim", places_.back());
    }
    // What the owner has done is forgotten, but for his proofs.
    rig_.clock().Advance(std::min(spec.device.token_ttl, spec.familiar.remember) / 2);
    for (const std::string& place : places_) rig_.Import("victim", place);
    if (habits_.early_recoveries) OpenRecoveries();
    if (habits_.early_recoveries) rig_.clock().Advance(spec.recovered.token_ttl - Duration(1));

    ways_.push_back({Lane::kDevice,
                     [this](AttemptFields& fields) {
                       if (devices_.empty()) return false;
                       fields.device_token = devices_[next_device_++ % devices_.size()];
                       return true;
                     },
                     {},
                     static_cast<int>(spec.device.devices) * Tries()});
    ways_.push_back({Lane::kRecovered,
                     [this](AttemptFields& fields) {
                       if (next_recovery_ >= recoveries_.size()) OpenRecoveries();
                       if (next_recovery_ >= recoveries_.size()) return false;
                       fields.recovery_token = recoveries_[next_recovery_];
                       return true;
                     },
                     {},
                     Tries()});
    ways_.push_back({Lane::kFamiliar,
                     [this](AttemptFields& fields) {
                       fields.source = places_[next_place_++ % places_.size()];
                       return true;
                     },
                     {},
                     static_cast<int>(spec.familiar.sources)});
    ways_.push_back({Lane::kStranger, [](AttemptFields&) { return true; }, {}, habits_.addresses});
    ways_.push_back({Lane::kChallenged,
                     [this](AttemptFields& fields) {
                       if (challenge_.empty()) AskForChallenge();
                       if (challenge_.empty()) return false;
                       fields.challenge_proof = ChallengeProof{std::exchange(challenge_, {}), true};
                       return true;
                     },
                     {},
                     habits_.addresses});
  }

  // A pair's place depends on the address: other addresses may find another one.
  [[nodiscard]] int Tries() const {
    const bool pairs = std::any_of(reaches_.begin(), reaches_.end(), [](const Reach& reach) {
      return reach.place[0] == Place::kTable || reach.place[1] == Place::kTable;
    });
    return pairs ? habits_.addresses : 1;
  }

  void OpenRecoveries() {
    for (int64_t i = 0; i < policy_->spec().recovered.recoveries.back().count; ++i) {
      const Confirmation opened = rig_.Confirm("victim");
      devices_.push_back(opened.device_token);
      if (devices_.size() > static_cast<size_t>(policy_->spec().device.devices))
        devices_.erase(devices_.begin());
      if (opened.recovery_token.empty()) return;
      recoveries_.push_back(opened.recovery_token);
    }
  }

  // Who guesses codes shows that he knows the password; what it proves is good for a while.
  bool KnowsPassword(AttemptFields& fields) {
    if (habits_.factor == Factor::kPassword) return true;
    if (first_factor_.empty() || first_factor_since_ + minutes(4) <= rig_.now()) {
      const Decision password = rig_.Assess(fields);
      if (password.verdict.action != Action::kAllow) return false;
      first_factor_ = rig_.ReportOutcome(password, Outcome::kRight).first_factor_token;
      first_factor_since_ = rig_.now();
    }
    fields.factor = habits_.factor;
    fields.first_factor_token = first_factor_;
    return true;
  }

  // A challenge is offered to who is refused.
  void AskForChallenge() {
    if (HoldsStill(Lane::kStranger)) return;
    AttemptFields fields = Fields(NextAddress());
    if (!KnowsPassword(fields)) return;
    const Decision decision = rig_.Assess(std::move(fields));
    challenge_ = decision.challenge_id;
    if (decision.verdict.action == Action::kAllow) guesses_.push_back({rig_.now(), decision.verdict.lane});
  }

  // Whether only the address was spent.
  static bool OfAddress(const Decision& decision) {
    return std::any_of(decision.verdict.falls.begin(), decision.verdict.falls.end(),
                       [](const LaneFall& fall) {
                         return fall.lane == Lane::kFamiliar &&
                                (fall.reason.scope == Scope::kSource || fall.reason.scope == Scope::kNetwork);
                       });
  }

  // The owner logs in from somewhere new, where somebody else's guesses have not been counted.
  void OwnerMoves() {
    if (moves_++ > 2'000) return;
    std::string& place = places_[next_place_ % places_.size()];
    place = absl::StrCat("172.", 16 + moves_ % 200, ".", moves_ / 200 % 250, ".9");
    rig_.Import("victim", place);
  }

  std::string NextAddress() {
    if (habits_.new_addresses) return Address(++fresh_ + 10'000);
    return Address(static_cast<unsigned>(next_address_++ % static_cast<size_t>(habits_.addresses)) * 977);
  }

  // Whether his own rules tell him to hold still.
  [[nodiscard]] std::optional<TimePoint> HoldsStill(Lane lane) const {
    if (rig_.now() >= last_moment_) return std::nullopt;
    for (const Reach& reach : reaches_) {
      if (!reach.refuses.Contains(lane) || !reach.fed_by.Contains(lane) || !reach.of_account()) continue;
      const Limit& limit = reach.limit;
      const bool holds = limit.then == Consequence::kLockout && limit.hold > limit.window && !limit.ever();
      if (habits_.stays_below && holds && limit.above > 1) {
        int64_t count = 0;
        TimePoint oldest = rig_.now();
        for (auto it = guesses_.rbegin(); it != guesses_.rend() && it->at > rig_.now() - limit.window; ++it) {
          if (!reach.fed_by.Contains(it->lane)) continue;
          ++count;
          oldest = it->at;
        }
        if (count >= limit.above - 1) return oldest + limit.window;
      }
      if (limit.quiet > Duration::zero() && limit.then == Consequence::kThrottle) {
        int64_t round = 0;
        std::optional<TimePoint> later;
        for (auto it = guesses_.rbegin(); it != guesses_.rend(); ++it) {
          if (!reach.fed_by.Contains(it->lane)) continue;
          if (later && *later - it->at >= limit.quiet) break;
          later = it->at;
          ++round;
        }
        if (round < limit.above + habits_.waits_a_round) continue;
        const TimePoint last = std::find_if(guesses_.rbegin(), guesses_.rend(), [&](const Guess& g) {
                                 return reach.fed_by.Contains(g.lane);
                               })->at;
        if (last + limit.quiet > rig_.now()) return last + limit.quiet;
      }
    }
    return std::nullopt;
  }

  void TryAll(Way& way) {
    int refusals = 0;
    int moves_in_turn = 0;
    TimePoint earliest = end_;
    while (guesses_.size() < kGuessesMax) {
      auto until = HoldsStill(way.lane);
      if (!until && way.falls) until = HoldsStill(Lane::kStranger);
      if (until) {
        way.rests_until = std::max(*until, rig_.now() + Duration(1));
        return;
      }
      AttemptFields fields = Fields(NextAddress());
      if (!KnowsPassword(fields) || !way.prepare(fields)) {
        way.rests_until =
            rig_.now() + (way.lane == Lane::kChallenged ? habits_.polls * 4 : Duration(minutes(10)));
        return;
      }
      const Decision decision = rig_.Assess(std::move(fields));
      if (!decision.challenge_id.empty()) challenge_ = decision.challenge_id;
      const bool admitted = decision.verdict.action == Action::kAllow;
      if (admitted) {
        guesses_.push_back({rig_.now(), decision.verdict.lane});
        if (habits_.reports)
          rig_.ReportOutcome(
              decision, habits_.factor == Factor::kPassword ? Outcome::kWrong : Outcome::kWrongSecondFactor);
      }
      // Falling to a weaker lane is as good as a refusal: that lane has a way of its own.
      if (admitted && decision.verdict.lane == way.lane) {
        refusals = 0;
        way.falls = false;
        if (habits_.pause > Duration::zero()) {
          way.rests_until = rig_.now() + habits_.pause;
          return;
        }
        continue;
      }
      way.falls = true;
      if (way.lane == Lane::kRecovered && refusals + 1 >= way.patience &&
          next_recovery_ < recoveries_.size()) {
        ++next_recovery_;
        refusals = 0;
        continue;
      }
      if (way.lane == Lane::kFamiliar && habits_.owner_moves && OfAddress(decision) &&
          moves_in_turn++ < 400) {
        OwnerMoves();
        continue;
      }
      earliest = std::min(earliest, RestsUntil(way, decision, admitted));
      if (++refusals < way.patience) continue;
      way.rests_until = std::max(earliest, rig_.now() + Duration(1));
      return;
    }
  }

  [[nodiscard]] TimePoint RestsUntil(Way& way, const Decision& decision, bool admitted) const {
    if (admitted) return rig_.now() + minutes(10);
    const bool provisional = decision.verdict.reasons.front().provisional;
    if (provisional) return rig_.now() + habits_.polls;
    // What it fell from may have room sooner than the lane that it was refused in.
    way.backs_off =
        std::clamp<Duration>(way.backs_off * 2, minutes(10), (end_ - rig_.now()) / 6 + minutes(10));
    TimePoint until = decision.verdict.until.value_or(rig_.now() + way.backs_off);
    for (const LaneFall& fall : decision.verdict.falls) {
      if (fall.reason.until) until = std::min(until, *fall.reason.until);
    }
    return until;
  }

  EngineRig rig_;
  std::shared_ptr<const Policy> policy_;
  std::vector<Reach> reaches_;
  Habits habits_;
  std::mt19937_64 dice_;
  std::vector<Way> ways_;
  std::vector<Guess> guesses_;
  std::vector<std::string> devices_, places_, recoveries_;
  size_t next_device_ = 0, next_place_ = 0, next_recovery_ = 0, next_address_ = 0;
  unsigned fresh_ = 0;
  int moves_ = 0;
  std::string challenge_, first_factor_;
  TimePoint first_factor_since_;
  TimePoint end_, last_moment_;
};

}  // namespace

std::string Habits::Text() const {
  return absl::StrCat(
      "addresses ", addresses, new_addresses ? " and new ones" : "", stays_below ? ", stays below" : "",
      waits_a_round < 1'000'000 ? absl::StrCat(", rests after ", waits_a_round, " waits") : "",
      pause > Duration::zero() ? absl::StrCat(", pause ", pause.count(), " ms") : "", ", polls ",
      polls.count(), " ms", early_recoveries ? ", recoveries before" : "", owner_moves ? ", owner moves" : "",
      reports ? ", reports" : "");
}

std::vector<Guess> Attack(const std::string& policy_yaml, const Habits& habits, Duration span,
                          uint64_t seed) {
  return Adversary(policy_yaml, habits, seed).Play(span);
}

int64_t MostWithin(const std::vector<Guess>& guesses, Duration span) {
  size_t most = 0;
  size_t first = 0;
  for (size_t last = 0; last < guesses.size(); ++last) {
    while (guesses[last].at - guesses[first].at >= span) ++first;
    most = std::max(most, last - first + 1);
  }
  return static_cast<int64_t>(most);
}

int64_t MostWithin(const std::vector<Guess>& guesses, Duration span, Lane lane) {
  std::vector<Guess> of_lane;
  std::copy_if(guesses.begin(), guesses.end(), std::back_inserter(of_lane),
               [lane](const Guess& guess) { return guess.lane == lane; });
  return MostWithin(of_lane, span);
}

}  // namespace latchkey
