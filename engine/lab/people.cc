#include "engine/lab/people.h"

#include <algorithm>
#include <utility>

namespace latchkey::lab {
namespace {

using Type = Parameter::Type;

constexpr std::string_view kPasswordWords[] = {"strong", "common"};

constexpr Parameter kParameters[] = {
    {"count", Type::kCount, 100, "how many", 1, 1e7},
    {"logins_per_day", Type::kNumber, 1, "each, on average", 0, 1000},
    {"at", Type::kTime, 0, "one login then (0s: at random times); `spread` around it"},
    {"spread", Type::kTime, 30 * kSecond, "how far before or after `at`"},
    {"peak", Type::kTime, 0, "logins begin around this time of the day (0s: at any time)"},
    {"last_login", Type::kTime, 3 * kDayLong, "how long ago they logged in at the latest"},
    {"device", Type::kShare, 0.9, "the share of logins from the usual browser, which holds a device token", 0,
     1},
    {"away", Type::kShare, 0.05, "the share of logins from the usual browser, but not from home", 0, 1},
    {"typo", Type::kShare, 0.07, "the share of logins whose first password is wrong", 0, 1},
    {"again", Type::kShare, 0.5, "after a wrong one, the share of next ones that are wrong", 0, 1},
    {"same", Type::kShare, 0.4, "the share of those that repeat the same wrong password", 0, 1},
    {"forgets", Type::kShare, 0.003, "the share of logins in which the password is lost and reset", 0, 1},
    {"forgotten_tries", Type::kNumber, 12, "how many wrong tries before that, at most", 1, 100},
    {"neighbour", Type::kShare, 0, "the share of logins that begin with a neighbour's name", 0, 1},
    {"captcha", Type::kShare, 1, "the share of logins in which a CAPTCHA can be solved at all", 0, 1},
    {"captcha_fails", Type::kShare, 0.1, "the share of CAPTCHAs that need another one", 0, 1},
    {"mailbox", Type::kShare, 0.65, "the share of people who can read their mail then", 0, 1},
    {"mail_delay", Type::kTime, 60 * kSecond, "how long a mail and its reader take"},
    {"patience", Type::kTime, 15 * kMinute, "after this they give up"},
    {"passwords", Type::kWord, 0, "as people choose them, or such as nobody guesses", 0, 1, kPasswordWords},
};

constexpr Duration kRetype = std::chrono::seconds(7);
constexpr Duration kWaitMax = std::chrono::seconds(60);
constexpr int kWaitsMax = 5;
constexpr uint32_t kTriesMax = 400;

}  // namespace

std::span<const Parameter> PeopleParameters() { return kParameters; }

People::People(const Values& values) : values_(values) {}

void People::Enter(World& world) {
  number_ = world.NumberOf(*this);
  const Dice dice = world.DiceOf(*this);
  const auto count = static_cast<uint32_t>(values_.Count("count"));
  const bool common = values_.Number("passwords") == 1;
  persons_.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    Person& person = persons_[i];
    person.dice = dice.Fork(i);
    person.reads_mail = person.dice.Chance(values_.Number("mailbox"));
    person.has_device = values_.Number("device") > 0;
    person.home = HomeOf(world, i);
    const auto strong = static_cast<int64_t>(world.accounts().size());
    person.account =
        world.AddAccount({.password = common ? DrawPassword(person.dice, strong) : StrongPassword(strong),
                          .owned = true,
                          .home = person.home});
    const Duration past = values_.Time("last_login");
    if (past > Duration::zero())
      world.Plan(world.start() - person.dice.Between(past / 2, past), *this, kWarmUp, i);
    world.Plan(NextLogin(world, person, world.start()), *this, kBegin, i);
  }
}

void People::Act(World& world, const Event& event) {
  switch (event.what) {
    case kWarmUp:
      return Try(world, Open(world, event.which, /*warm_up=*/true));
    case kBegin: {
      const uint32_t session = Open(world, event.which, /*warm_up=*/false);
      world.Plan(NextLogin(world, persons_[event.which], world.now()), *this, kBegin, event.which);
      return Try(world, session);
    }
    case kTry:
      return Try(world, event.which);
    case kFollowLink: {
      Session& session = sessions_[event.which];
      const Confirmation confirmed = world.FollowLink(persons_[session.person].account);
      session.recovered = true;
      session.login.recovery_token = confirmed.recovery_token;
      if (!confirmed.device_token.empty()) session.login.device_token = confirmed.device_token;
      return Try(world, event.which);
    }
    default: {  // kReset
      Session& session = sessions_[event.which];
      const Password fresh =
          StrongPassword((int64_t{1} << 33) + static_cast<int64_t>(session.dice.Next() >> 24U));
      const Confirmation confirmed = world.ResetPassword(persons_[session.person].account, fresh);
      session.login.device_token = confirmed.device_token;
      session.login.recovery_token = confirmed.recovery_token;
      session.login.solved_challenge.clear();
      session.recovered = true;
      session.forgotten = 0;
      session.typed = false;
      session.resetting = true;
      return Try(world, event.which);
    }
  }
}

uint32_t People::Open(World& world, uint32_t index, bool warm_up) {
  Person& person = persons_[index];
  uint32_t place = 0;
  if (free_.empty()) {
    place = static_cast<uint32_t>(sessions_.size());
    sessions_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  Session& session = sessions_[place];
  session =
      Session{.person = index, .number = warm_up ? 0 : ++person.logins, .open = true, .warm_up = warm_up};
  session.dice = person.dice.Fork(session.number + 1000);
  session.began = world.now();
  session.note.account = person.account;
  session.login.account = person.account;
  session.usual_browser = warm_up ? person.has_device : UsesUsualBrowser(world, person, session);
  session.login.address = warm_up ? person.home : AddressOf(world, person, session);
  session.login.shows_captcha = true;
  if (warm_up) return place;
  if (session.usual_browser) session.login.device_token = world.account(person.account).device_token;
  session.note.known = !session.login.device_token.empty();
  session.compared = session.note.known && !person.new_device;
  session.forgotten = Forgets(world, person, session);
  Prepare(world, person, session);
  return place;
}

void People::Type(World& world, Session& session) {
  const Person& person = persons_[session.person];
  const Account& account = world.account(person.account);
  const bool wrong = !session.warm_up && !session.resetting && Mistypes(world, person, session);
  session.slipped = false;
  if (wrong && session.last_wrong != 0 && session.dice.Chance(values_.Number("same"))) {
    session.login.password = session.last_wrong;
  } else if (wrong) {
    session.login.password =
        StrongPassword((int64_t{1} << 34) + static_cast<int64_t>(session.dice.Next() >> 24U));
    session.last_wrong = session.login.password;
  } else {
    session.login.password = account.password;
  }
  session.is_right = !wrong;
  session.typed = true;
}

bool People::Mistypes(World& /*world*/, const Person& /*person*/, Session& session) {
  if (session.forgotten > 0) return true;
  return session.dice.Chance(values_.Number(session.note.wrong == 0 ? "typo" : "again"));
}

void People::Try(World& world, uint32_t index) {
  Session& session = sessions_[index];
  if (!session.open) return;
  if (++session.tries > kTriesMax) return Close(world, index, false);
  if (!session.typed) Type(world, session);
  // A neighbour's name, once, before one's own.
  const bool slips = session.tries == 1 && !session.warm_up && persons_.size() > 1 &&
                     session.dice.Chance(values_.Number("neighbour"));
  session.slipped = slips;
  Login login = session.login;
  if (slips) TakeNeighbour(world, persons_[session.person], login);
  const LoginAnswer answer = world.TryLogin(login);
  session.login.solved_challenge.clear();
  if (session.compared && !slips) {
    const uint64_t owner = (static_cast<uint64_t>(number_) << 24U) + session.person;
    world.notes().answers.push_back({.key = (owner << 32U) + (static_cast<uint64_t>(session.number) << 10U) +
                                            std::min(session.tries, 1023U),
                                     .owner = owner,
                                     .fingerprint = FingerprintOf(answer.decision),
                                     .by_device = answer.decision.verdict.lane == Lane::kDevice});
  }
  Hear(world, index, answer);
}

void People::Hear(World& world, uint32_t index, const LoginAnswer& answer) {
  Session& session = sessions_[index];
  if (session.slipped) {
    session.typed = false;
    return Continue(world, index, kRetype);
  }
  if (session.is_right && !session.recovered) {
    if (session.note.right == 0) session.note.first_right_allowed = answer.allowed();
    ++session.note.right;
    if (answer.allowed()) ++session.note.right_allowed;
  }
  if (answer.right) {
    Remember(world, session, answer.device_token);
    return Close(world, index, true);
  }
  if (!answer.allowed()) return Refused(world, index, answer.decision);
  session.typed = false;
  ++session.note.wrong;
  if (session.forgotten > 0 && --session.forgotten == 0) {
    if (!persons_[session.person].reads_mail) return Close(world, index, false);
    world.AskForMail(persons_[session.person].account);
    return world.Plan(world.now() + values_.Time("mail_delay"), *this, kReset, index);
  }
  Continue(world, index, Retype(session));
}

void People::Leave(World& world) {
  for (uint32_t i = 0; i < sessions_.size(); ++i) {
    Session& session = sessions_[i];
    // A login that the end of the day cut short says nothing, unless it was refused before.
    if (session.open && !session.warm_up && (session.note.refused || session.note.challenged))
      Close(world, i, false);
  }
}

void People::TakeNeighbour(World& /*world*/, const Person& person, Login& login) {
  const auto own = static_cast<size_t>(&person - persons_.data());
  login.account = persons_[(own + 1) % persons_.size()].account;
}

Duration People::Retype(Session& /*session*/) { return kRetype; }

void People::Refused(World& world, uint32_t index, const Decision& decision) {
  Session& session = sessions_[index];
  const bool challenge = decision.verdict.action == Action::kChallenge;
  (challenge ? session.note.challenged : session.note.refused) = true;
  if (!decision.challenge_id.empty() && session.dice.Chance(values_.Number("captcha"))) {
    session.login.solved_challenge = decision.challenge_id;
    Duration takes = session.dice.Between(std::chrono::seconds(5), std::chrono::seconds(25));
    while (session.dice.Chance(values_.Number("captcha_fails"))) takes += std::chrono::seconds(10);
    return Continue(world, index, takes);
  }
  if (!challenge && decision.verdict.retry_after <= kWaitMax && ++session.waits <= kWaitsMax)
    return Continue(world, index, std::max(decision.verdict.retry_after, Duration(1000)));
  Recover(world, index);
}

void People::Recover(World& world, uint32_t index) {
  Session& session = sessions_[index];
  // Nothing helps but to come back later.
  if (session.recovered || !persons_[session.person].reads_mail)
    return Continue(world, index, std::chrono::minutes(1));
  world.AskForMail(persons_[session.person].account);
  world.Plan(world.now() + values_.Time("mail_delay"), *this, kFollowLink, index);
}

void People::Continue(World& world, uint32_t index, Duration after) {
  Session& session = sessions_[index];
  if (world.now() + after > session.began + values_.Time("patience")) return Close(world, index, false);
  world.Plan(world.now() + after, *this, kTry, index);
}

void People::Remember(World& world, Session& session, const std::string& token) {
  Account& account = world.account(persons_[session.person].account);
  account.last_login = world.now();
  if (session.usual_browser && !token.empty()) account.device_token = token;
}

void People::Close(World& world, uint32_t index, bool in) {
  Session& session = sessions_[index];
  if (!session.warm_up) {
    session.note.in = in;
    session.note.took = world.now() - session.began;
    world.notes().sessions.push_back(session.note);
  }
  session.open = false;
  free_.push_back(index);
}

std::string People::HomeOf(World& world, uint32_t /*number*/) {
  return HomeAddress(static_cast<uint32_t>(world.accounts().size()));
}

bool People::UsesUsualBrowser(World& /*world*/, const Person& /*person*/, Session& session) {
  return session.dice.Chance(values_.Number("device"));
}

std::string People::AddressOf(World& /*world*/, const Person& person, Session& session) {
  // A new device is a new place as often as not.
  const double away = session.usual_browser ? values_.Number("away") : std::max(0.5, values_.Number("away"));
  return session.dice.Chance(away) ? AwayAddress(session.dice) : person.home;
}

int People::Forgets(World& /*world*/, const Person& /*person*/, Session& session) {
  if (!session.dice.Chance(values_.Number("forgets"))) return 0;
  const int64_t most = values_.Count("forgotten_tries");
  const int64_t least = std::min<int64_t>(3, most);
  return static_cast<int>(least + session.dice.Below(most - least + 1));
}

TimePoint People::NextLogin(World& world, Person& person, TimePoint last) {
  const bool first = last == world.start();
  const Duration at = values_.Time("at");
  const Duration spread = values_.Time("spread");
  if (at > Duration::zero())
    return first ? world.start() + std::max(Duration::zero(), at - spread) +
                       person.dice.Between(Duration::zero(), 2 * spread)
                 : TimePoint::max();
  const double per_day = values_.Number("logins_per_day");
  if (per_day <= 0) return TimePoint::max();
  const Duration peak = values_.Time("peak");
  if (peak > Duration::zero()) {
    // Once a working day, around the same time.
    const int64_t day = (last - world.start()).count() / static_cast<int64_t>(kDayLong) + (first ? 0 : 1);
    return world.start() + std::chrono::hours(24 * day) + peak +
           Duration(static_cast<int64_t>(std::clamp(person.dice.Normal(0, 20 * kMinute), -kHour, kHour)));
  }
  return last + person.dice.Pause(Duration(static_cast<int64_t>(kDayLong / per_day)));
}

}  // namespace latchkey::lab
