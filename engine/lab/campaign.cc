#include "engine/lab/campaign.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr std::string_view kFrom[] = {"rented", "victim", "network", "ipv6"};
constexpr std::string_view kPasswords[] = {"same", "common", "strange"};
constexpr std::string_view kPace[] = {"steady", "patient", "expiry"};

constexpr Parameter kParameters[] = {
    {"victims", Type::kNumber, 1, "how many accounts, the first ones of the people; 0: all", 0, 1e7},
    {"from", Type::kWord, 0,
     "rented machines, the victim's address, another one of his network, IPv6 networks", 0, 3, kFrom},
    {"addresses", Type::kCount, 1, "how many of them, used in turn", 1, 1e7},
    {"passwords", Type::kWord, 1, "always the same wrong one; the common ones; such as nobody uses", 0, 2,
     kPasswords},
    {"start", Type::kTime, 0, "when it begins"},
    {"stop", Type::kTime, 0, "when it ends (0s: with the day)"},
    {"every", Type::kTime, 60 * kSecond, "the pause between two tries", 1},
    {"pace", Type::kWord, 0, "by the clock; never before a refusal ends; one second before it ends", 0, 2,
     kPace},
    {"tries", Type::kCount, 0, "how many tries (0: no end)", 0, 1e9},
    {"captcha", Type::kWord, 0, "pays for CAPTCHAs", 0, 1, kNoYes},
};

enum From { kRented = 0, kVictim = 1, kNetwork = 2, kIpv6 = 3 };
enum Passwords { kSame = 0, kCommon = 1, kStrange = 2 };
enum Pace { kSteady = 0, kPatient = 1, kExpiry = 2 };

// Each campaign rents machines of its own.
constexpr uint32_t kMachinesEach = 1'000'000;

}  // namespace

std::span<const Parameter> CampaignParameters() { return kParameters; }

Campaign::Campaign(const Values& values) : values_(values) {}

void Campaign::Enter(World& world) {
  dice_ = world.DiceOf(*this);
  first_address_ = world.NumberOf(*this) * kMachinesEach;
  const int64_t wanted = values_.Count("victims");
  const uint32_t owned = world.owned();
  const uint32_t count =
      wanted == 0 ? owned : static_cast<uint32_t>(std::min<int64_t>(wanted, static_cast<int64_t>(owned)));
  for (uint32_t i = 0; i < count; ++i) victims_.push_back(i);
  tried_.resize(count);
  stop_ = values_.Time("stop") > Duration::zero() ? world.start() + values_.Time("stop") : world.end();
  Begin(world);
  PlanTurn(world, world.start() + values_.Time("start"));
}

void Campaign::PlanTurn(World& world, TimePoint at) {
  const int64_t tries = values_.Count("tries");
  if (at >= stop_ || (tries > 0 && turns_ >= tries)) return;
  world.Plan(at, *this);
}

void Campaign::Act(World& world, const Event& /*event*/) {
  ++turns_;
  Turn(world);
}

void Campaign::Turn(World& world) {
  if (victims_.empty()) return;
  const Login login = Next(world);
  const LoginAnswer answer = Send(world, login);
  Heard(world, login, answer);
  PlanTurn(world, world.now() + std::max(Duration(1), Pause(world, answer)));
}

Login Campaign::Next(World& world) { return Aim(world, NextVictim()); }

uint32_t Campaign::NextVictim() { return victims_[victim_++ % victims_.size()]; }

Login Campaign::Aim(World& world, uint32_t victim) {
  Login login{.account = victim};
  login.address = NextAddress(world, victim);
  login.password = NextPassword(world, victim);
  login.shows_captcha = true;
  return login;
}

std::string Campaign::NextAddress(World& world, uint32_t victim) {
  const int64_t turn = address_++ % values_.Count("addresses");
  switch (static_cast<int>(values_.Number("from"))) {
    case kVictim:
      return world.account(victim).home;
    case kNetwork: {
      const std::string& home = world.account(victim).home;
      return absl::StrCat(home.substr(0, home.rfind('.')), ".", 100 + turn % 150);
    }
    case kIpv6:
      return Ipv6Address(static_cast<uint64_t>(address_));
    default:
      return RentedAddress(first_address_ + static_cast<uint32_t>(turn));
  }
}

Password Campaign::NextPassword(World& world, uint32_t victim) {
  const int64_t next = victim < tried_.size() ? tried_[victim] : 0;
  switch (static_cast<int>(values_.Number("passwords"))) {
    case kSame:
      return StrongPassword(int64_t{1} << 35);
    case kStrange:
      return StrongPassword((int64_t{1} << 36) + (static_cast<int64_t>(world.NumberOf(*this)) << 24) + next);
    default:
      return next;
  }
}

LoginAnswer Campaign::Send(World& world, Login login) {
  LoginAnswer answer = world.Attack(login);
  if (!answer.allowed() && !answer.decision.challenge_id.empty() && values_.Yes("captcha")) {
    world.PayCaptcha();
    login.solved_challenge = answer.decision.challenge_id;
    answer = world.Attack(login);
  }
  if (answer.verified && login.name.empty() && login.account < tried_.size()) ++tried_[login.account];
  return answer;
}

Duration Campaign::Pause(World& world, const LoginAnswer& answer) {
  const Duration every = values_.Time("every");
  if (answer.allowed()) return every;
  const Duration refused =
      answer.decision.verdict.until ? *answer.decision.verdict.until - world.now() : every;
  switch (static_cast<int>(values_.Number("pace"))) {
    case kPatient:
      return std::max(every, refused);
    case kExpiry:
      // Just before the end, and then just after it.
      return refused > Duration(2000) ? refused - Duration(1000) : std::max(refused, Duration(1));
    default:
      return every;
  }
}

uint32_t Campaign::OwnAccount(World& world) const {
  const auto number = static_cast<int64_t>(world.accounts().size());
  return world.AddAccount({.name = absl::StrCat("mallory", number),
                           .password = StrongPassword(number),
                           .home = RentedAddress(first_address_)});
}

}  // namespace latchkey::lab
