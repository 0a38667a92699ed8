#include "engine/policy/certificate/information_flow.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/policy/certificate/words.h"

namespace latchkey {
namespace {

constexpr LaneSet kProven = {Lane::kDevice, Lane::kRecovered, Lane::kFamiliar};
constexpr LaneSet kUnproven = {Lane::kChallenged, Lane::kStranger};

LaneSet And(LaneSet a, LaneSet b) {
  LaneSet both;
  for (Lane lane : kAllLanes) {
    if (a.Contains(lane) && b.Contains(lane)) both.Insert(lane);
  }
  return both;
}

Lane Weakest(LaneSet lanes) {
  Lane weakest = Lane::kDevice;
  for (Lane lane : kAllLanes) {
    if (lanes.Contains(lane)) weakest = lane;
  }
  return weakest;
}

// Whether anybody but the holder of this very proof raises the count that an attempt in `lane` meets.
bool FedFromElsewhere(const Reach& reach, Lane lane) {
  if (reach.limit.above == 0 || reach.fed_by.empty()) return false;
  switch (reach.counter->shard) {
    case Shard::kSource:
    case Shard::kNode:
      return true;
    case Shard::kAccount:
      break;
  }
  switch (reach.place[static_cast<size_t>(lane)]) {
    case Place::kSlot:  // the count of one device, recovery or familiar source
      return false;
    case Place::kTable:  // eight places a lane, shared by what this lane's attempts hash to
      return reach.fed_by.Contains(lane);
    case Place::kHost:
    case Place::kOnly:
      break;
  }
  // The account's completed logins are its own.
  if (reach.counter->count == CountKind::kSuccesses) return false;
  // Codes are spent by who knows the password or has proved as much: one budget for the proven lanes.
  if (reach.of_factor()) return !And(reach.fed_by, kUnproven).empty();
  return true;
}

bool FedByStrangers(const Reach& reach) {
  return !And(reach.fed_by, kUnproven).empty() || (!reach.of_account() && !reach.fed_by.empty());
}

std::string AttackerWords(const Reach& reach) {
  if (reach.Has(KeyKind::kSource))
    return reach.of_account() ? "from an address that falls in the same place" : "at the owner's address";
  if (reach.Has(KeyKind::kNetwork)) return "in the owner's network";
  if (reach.Has(KeyKind::kAsn)) return "in the owner's autonomous system";
  if (reach.Has(KeyKind::kTenant)) return "anywhere in the tenant";
  switch (Weakest(reach.fed_by)) {
    case Lane::kDevice:
      return "on another device of the account";
    case Lane::kRecovered:
      return "with another recovery of the account";
    case Lane::kFamiliar:
      return "at another familiar address";
    case Lane::kChallenged:
      return "from anywhere, after a CAPTCHA each";
    case Lane::kStranger:
      break;
  }
  return "from anywhere";
}

std::string HowLong(const Reach& reach) {
  const Limit& limit = reach.limit;
  if (!reach.ends_by_itself())
    return reach.until == Until::kOperator ? "until an operator clears it" : "until a login succeeds";
  if (limit.then == Consequence::kThrottle)
    return absl::StrCat("for ", SpanWords(limit.wait.first), " to ", SpanWords(limit.wait.max), " at a time");
  return absl::StrCat("for ", SpanWords(reach.refuses_for()));
}

const char* Refusal(const Limit& limit) {
  switch (limit.then) {
    case Consequence::kChallenge:
      return "CHALLENGE";
    case Consequence::kThrottle:
      return "THROTTLE";
    case Consequence::kLockout:
      break;
  }
  return "LOCKOUT";
}

// "5 wrong passwords from anywhere refuse the owner everywhere for 15 min"
std::string Sentence(const Reach& reach, LaneSet refused) {
  const int64_t requests = RequestsToFill(reach);
  return absl::StrCat(ChargesWords(*reach.counter, requests), " ", AttackerWords(reach),
                      requests == 1 ? " refuses" : " refuse", " the owner ", WhereWords(refused), " ",
                      HowLong(reach));
}

std::string AttackAction(const Reach& reach) {
  const bool own = !reach.of_account();
  std::string text;
  switch (reach.counter->count) {
    case CountKind::kSuccesses:
      text = "a login to an account of his own";
      break;
    case CountKind::kDistinctAccounts:
      text = "a wrong password for yet another account";
      break;
    case CountKind::kDistinctSources:
      text = absl::StrCat("a wrong password for ", own ? "any" : "the owner's",
                          " account from yet another address");
      break;
    case CountKind::kDistinctPasswordTags:
      text = absl::StrCat("yet another wrong password for ", own ? "any" : "the owner's", " account");
      break;
    default:
      text = absl::StrCat("a wrong password for ", own ? "any" : "the owner's", " account");
  }
  absl::StrAppend(&text, " ", AttackerWords(reach));
  if (Weakest(reach.fed_by) == Lane::kStranger) absl::StrAppend(&text, ", without a token");
  return text;
}

std::vector<AttackRequest> Requests(const Reach& reach, LaneSet refused) {
  return {
      {.times = RequestsToFill(reach), .who = "anybody", .action = AttackAction(reach), .answer = "ALLOW"},
      {.times = 1,
       .who = "the owner",
       .action = absl::StrCat("the right password ", WhereWords(refused)),
       .answer = Refusal(reach.limit)}};
}

class Flows {
 public:
  explicit Flows(const std::vector<Reach>& reaches) : reaches_(reaches) {}

  std::vector<Breach> Run() {
    for (const Reach& reach : reaches_) {
      const LaneSet refused = RefusedFromElsewhere(reach);
      Interference(reach, refused);
      Permanence(reach);
      Addresses(reach);
    }
    ClosedAccounts();
    return std::move(found_);
  }

 private:
  void Add(const Reach& reach, const char* promise, LaneSet refused, std::string attack, std::string mend) {
    found_.push_back({.promise = promise,
                      .rule = reach.name,
                      .limit_index = reach.limit_index,
                      .path = reach.path,
                      .attack = std::move(attack),
                      .requests = Requests(reach, refused),
                      .mend = std::move(mend)});
  }

  void Interference(const Reach& reach, LaneSet refused) {
    const LaneSet proven = And(refused, kProven);
    if (proven.empty()) return;
    Add(reach, "P1", proven, Sentence(reach, refused == LaneSet::All() ? refused : proven),
        absl::StrCat("let the limit apply to strangers only (`to: [stranger]`)",
                     reach.of_account() ? ", or count by [device] or [account, source]" : ""));
    const bool from_below = !reach.of_account() || Weakest(reach.fed_by) > Lane::kRecovered;
    if (!proven.Contains(Lane::kRecovered) || !from_below) return;
    Add(reach, "P4", {Lane::kRecovered},
        absl::StrCat(Sentence(reach, {Lane::kRecovered}), ": proving himself by mail does not let him in"),
        "leave `recovered` out of `to:`");
  }

  void Permanence(const Reach& reach) {
    if (reach.ends_by_itself() || reach.limit.above == 0 || !FedByStrangers(reach)) return;
    Add(reach, "P5", reach.refuses, absl::StrCat(Sentence(reach, reach.refuses), ": it never ends by itself"),
        "count in a window (`in: 24h`) instead of for ever");
  }

  void Addresses(const Reach& reach) {
    if (!reach.of_address() || reach.limit.above == 0 || reach.fed_by.empty()) return;
    const std::string sentence = Sentence(reach, reach.refuses);
    if (reach.refuses.Contains(Lane::kDevice) || reach.refuses.Contains(Lane::kRecovered)) {
      Add(reach, "P10", reach.refuses,
          absl::StrCat(sentence, ": whoever shares an address with others pays for them"),
          "leave `device` and `recovered` out of `to:`");
    } else if (reach.limit.then == Consequence::kLockout) {
      Add(reach, "P10", reach.refuses, absl::StrCat(sentence, ": an address alone closes a lane"),
          "write `then: throttle` or `then: challenge`");
    } else if (reach.refuses.Contains(Lane::kFamiliar) &&
               (reach.limit.then != Consequence::kChallenge || reach.fed_by != LaneSet{Lane::kFamiliar})) {
      Add(reach, "P10", {Lane::kFamiliar},
          absl::StrCat(sentence, ": neighbours may at most have a familiar attempt challenged"),
          "leave `familiar` out of `to:`, or count from [familiar] and write `then: challenge`");
    }
  }

  // When every proven lane of an account can be closed from elsewhere and no end is fixed, the account is
  // locked, whatever the answers are called: they name no end, and no way up that has room.
  void ClosedAccounts() {
    LaneSet closed;
    const Reach* last = nullptr;
    for (const Reach& reach : reaches_) {
      const LaneSet refused = And(RefusedFromElsewhere(reach), kProven);
      if (refused.empty() || !reach.of_account() || !FedByStrangers(reach) || reach.ends_by_itself())
        continue;
      for (Lane lane : kAllLanes) {
        if (refused.Contains(lane)) closed.Insert(lane);
      }
      last = &reach;
    }
    if (last == nullptr || closed != kProven) return;
    Add(*last, "P8", LaneSet::All(),
        absl::StrCat(Sentence(*last, RefusedFromElsewhere(*last)),
                     ": the account is locked, not a lane, and the answer names no end and no way up"),
        "leave at least `recovered` out of `to:`, or count in a window");
  }

  const std::vector<Reach>& reaches_;
  std::vector<Breach> found_;
};

}  // namespace

LaneSet RefusedFromElsewhere(const Reach& reach) {
  LaneSet refused;
  for (Lane lane : kAllLanes) {
    if (reach.refuses.Contains(lane) && FedFromElsewhere(reach, lane)) refused.Insert(lane);
  }
  return refused;
}

int64_t RequestsToFill(const Reach& reach) {
  if (reach.counter->distinct()) return reach.limit.above;
  int64_t heaviest = reach.counter->weights.popular_password;
  for (const auto& [path, weight] : reach.counter->weights.paths) heaviest = std::max(heaviest, weight);
  // Attempts of weight w are refused once count + w > above, those of weight 1 at above.
  return (reach.limit.above + heaviest - 1) / heaviest;
}

std::vector<Breach> FindFlows(const std::vector<Reach>& reaches) { return Flows(reaches).Run(); }

}  // namespace latchkey
